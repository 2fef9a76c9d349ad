import { createHash } from 'node:crypto'
import { type ArchivePart, archiveParts } from '../../lib/archive/archive-parts.ts'
import { codec } from '../../lib/archive/codec.ts'
import { layOut } from '../../lib/archive/lay-out.ts'
import { type OpenEntry, tarFrom } from '../../lib/archive/tar-from.ts'
import type { ArchiveCompression, ArchiveManifest } from '../../lib/run/archive-manifest.ts'

export const FOLDER = '20261121_103000_01KE4Q5RAX8T3N7W9Z2C6B1D0F'
export const AT = '2026-11-21T10:30:00.000Z'

/** Files by their names in the archive. */
export type Files = Record<string, Uint8Array | string>

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

/** The manifest of these files. */
export function manifestOf(files: Files): ArchiveManifest {
  const entries = Object.entries(files).map(([path, bytes]) => ({
    path,
    bytes: Buffer.from(bytes).length,
    sha256: sha256(bytes),
    key: `jobs/${FOLDER}/${path}`,
    etag: null,
    contentType: null,
    metadata: {},
    modifiedAt: AT,
  }))
  const run = { id: FOLDER.slice(16), kind: 'nightly.backup', state: 'succeeded' }
  return {
    format: 'runledger-archive',
    version: 1,
    tool: 'runledger 0.1.0',
    createdAt: AT,
    folder: FOLDER,
    run,
    entries,
  }
}

/** Opens them. */
export function openFiles(files: Files): OpenEntry {
  return ({ path }, from) => inTurn([Buffer.from(files[path] ?? '').subarray(from)])
}

export async function* inTurn(chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk
}

/** The same bytes in chunks of that size. */
export function sliced(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => n * size)
  return inTurn(starts.map((start) => bytes.subarray(start, start + size)))
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The tar of these files, from `offset` on. */
export const tarOf = (files: Files, offset = 0) =>
  collect(tarFrom(layOut(manifestOf(files)), offset, openFiles(files)))

/** Their archive, in parts of at least so many bytes. */
export async function partsOf(files: Files, name: ArchiveCompression, atLeastBytes: number) {
  const layout = layOut(manifestOf(files))
  const parts: ArchivePart[] = []
  const made = archiveParts(layout, { codec: codec(name), atLeastBytes, open: openFiles(files) })
  for await (const part of made) parts.push(part)
  return { layout, parts }
}

/** Their archive as one file. */
export async function archiveOf(
  files: Files,
  name: ArchiveCompression = 'gzip',
  atLeastBytes = 2 ** 30,
): Promise<Buffer> {
  const { parts } = await partsOf(files, name, atLeastBytes)
  return Buffer.concat(parts.map(({ body }) => body))
}

/** Bytes that look like data, the same each time. */
export function someBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}

/** Text that compresses. */
export function someText(length: number): Buffer {
  const line = (n: number) =>
    `{"line":${n},"value":${(n * 7_919) % 1_000},"text":"customer ${n % 97} of ${n % 13}"}\n`
  const lines: string[] = []
  for (let n = 0, bytes = 0; bytes < length; n++) {
    lines.push(line(n))
    bytes += line(n).length
  }
  return Buffer.from(lines.join('')).subarray(0, length)
}
