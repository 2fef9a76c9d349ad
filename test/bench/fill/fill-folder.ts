import { createHash, randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ArchiveManifest } from '../../../lib/run/archive-manifest.ts'

const AT = '2026-11-21T10:30:00.000Z'
const WORDS =
  'invoice customer pending shipped refund Zürich total page scraped retry ok failed item price'.split(' ')
const A_FOLDER = 100

/** Of ten files seven are JSON, two logs and one a picture; by bytes 4, 3.5 and 2.5 of ten. */
const KINDS: { name: (n: number) => string; share: number; of: number; make: (bytes: number) => Buffer }[] = [
  { name: (n) => `page-${n}.json`, share: 0.7, of: 0.4, make: (bytes) => repeat(bytes, jsonLine) },
  { name: (n) => `part-${n}.log`, share: 0.2, of: 0.35, make: (bytes) => repeat(bytes, logLine) },
  { name: (n) => `picture-${n}.png`, share: 0.1, of: 0.25, make: randomBytes },
]

/** Makes a folder of mixed files, such as a scraper leaves, and the manifest of an archive of it, as it is frozen before. */
export async function fillFolder(
  folder: string,
  { files, bytes }: { files: number; bytes: number },
): Promise<ArchiveManifest> {
  const entries: ArchiveManifest['entries'] = []
  for (const { path, body } of mixedFiles({ files, bytes })) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), body)
    const sha256 = createHash('sha256').update(body).digest('hex')
    const object = { key: path, etag: null, contentType: null, metadata: {}, modifiedAt: AT }
    entries.push({ path: `outputs/${path}`, bytes: body.length, sha256, ...object })
  }
  return {
    format: 'runledger-archive',
    version: 1,
    tool: 'runledger',
    createdAt: AT,
    folder: '20261121_103000_01KE4Q5RAX8T3N7W9Z2C6B1D0F',
    run: { id: '01KE4Q5RAX8T3N7W9Z2C6B1D0F', kind: 'bench.archive', state: 'succeeded' },
    entries,
  }
}

/** Mixed files, such as a scraper leaves, each made when it is asked for. */
export function* mixedFiles({
  files,
  bytes,
}: {
  files: number
  bytes: number
}): Generator<{ path: string; body: Buffer }> {
  for (const { name, share, of, make } of KINDS) {
    const count = Math.max(1, Math.round(files * share))
    for (let n = 0; n < count; n++) {
      const path = join(`batch-${Math.floor(n / A_FOLDER)}`, name(n))
      yield { path, body: make(Math.round((bytes * of) / count)) }
    }
  }
}

const word = () => WORDS[Math.floor(Math.random() * WORDS.length)] ?? ''
const number = () => Math.floor(Math.random() * 1e6)
const jsonLine = () =>
  `{"id":${number()},"name":"${word()} ${word()}","price":${number() / 100},"state":"${word()}"},\n`
const logLine = () =>
  `[${AT}] 01KE4Q5RAX8T3N7W9Z2C6B1D0F: ${word()} ${word()} ${number()} took ${number() % 977} ms\n`

function repeat(bytes: number, line: () => string): Buffer {
  const lines: string[] = []
  for (let length = 0; length < bytes; ) length += lines[lines.push(line()) - 1]?.length ?? 0
  return Buffer.from(lines.join('')).subarray(0, bytes)
}
