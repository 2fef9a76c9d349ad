import { createHash } from 'node:crypto'
import { ArchiveFault } from './archive-fault.ts'
import { inChunks } from './in-chunks.ts'
import type { LaidEntry, TarLayout } from './lay-out.ts'
import { type OpenEntry, openAhead } from './open-ahead.ts'
import { padding, tarHead } from './tar-head.ts'

export type { OpenEntry }

/**
 * The tar from `offset` on: the same bytes wherever it was left and taken up again. Files are opened in the manifest's order, small
 * ones a few ahead. Throws an ArchiveFault (`differs`) where a file has other bytes than the manifest says; of the file in whose
 * middle `offset` is, only their number is compared.
 */
export function tarFrom(layout: TarLayout, offset: number, open: OpenEntry): AsyncGenerator<Uint8Array> {
  return inChunks(pieces(layout, offset, openAhead(layout.manifest.entries, open)), CHUNK_BYTES)
}

const CHUNK_BYTES = 64 * 1_024

async function* pieces(layout: TarLayout, offset: number, open: OpenEntry): AsyncGenerator<Uint8Array> {
  for (const laid of layout.entries) {
    const end = laid.dataStart + laid.bytes
    const zeros = padding(laid.bytes)
    if (offset >= end + zeros) continue
    if (offset < laid.dataStart) yield tarHead(laid).subarray(Math.max(0, offset - laid.tarStart))
    if (offset < end || laid.bytes === 0)
      yield* dataOf(laid, Math.max(0, offset - laid.dataStart), layout, open)
    yield Buffer.alloc(Math.min(zeros, end + zeros - offset))
  }
  const last = layout.entries.at(-1)
  const end = last === undefined ? 0 : last.dataStart + last.bytes + padding(last.bytes)
  yield Buffer.alloc(layout.tarBytes - Math.max(end, offset))
}

async function* dataOf(
  { entry, name, bytes }: LaidEntry,
  from: number,
  { manifestBytes }: TarLayout,
  open: OpenEntry,
): AsyncGenerator<Uint8Array> {
  if (entry === null) return yield manifestBytes.subarray(from)
  const hash = createHash('sha256')
  let at = from
  for await (const chunk of bytes === 0 ? [] : await open(entry, from)) {
    at += chunk.length
    if (at > bytes) throw differs(name, `it has more than its ${bytes} bytes`)
    hash.update(chunk)
    yield chunk
  }
  if (at < bytes) throw differs(name, `it has ${at} bytes, and not ${bytes}`)
  if (from === 0 && hash.digest('hex') !== entry.sha256) throw differs(name, 'its SHA-256 is another')
}

const differs = (entry: string, what: string) =>
  new ArchiveFault('differs', `${entry} is not what the manifest says: ${what}`, { entry })
