import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { argv, resourceUsage } from 'node:process'
import { archiveParts } from '../../../lib/archive/archive-parts.ts'
import { checkArchive } from '../../../lib/archive/check-archive.ts'
import { codec } from '../../../lib/archive/codec.ts'
import { layOut } from '../../../lib/archive/lay-out.ts'
import { ArchiveCompression } from '../../../lib/run/archive-manifest.ts'
import { collectBuffersSoon } from '../../../lib/runtime/collect-buffers.ts'
import { manifestOf, someBytes } from '../make-archive.ts'

// As a server does.
collectBuffersSoon()

/**
 * Packs a large file and many small ones into the file of that name, checks it, and prints how much memory all of it took at most:
 * `pack-and-check.ts <codec> <bytes> <file>`.
 */
const [name, size, path] = argv.slice(2)
const by = codec(ArchiveCompression.parse(name))
const SMALL = 1_000
/** A quarter of it does not compress. */
const CHUNK = Buffer.concat([someBytes(16_384), Buffer.alloc(49_152)])
const count = Math.ceil(Number(size) / CHUNK.length)

const files = Object.fromEntries(Array.from({ length: SMALL }, (_, n) => [`outputs/${n}`, `small ${n}`]))
const manifest = manifestOf(files)
const hash = createHash('sha256')
for (let n = 0; n < count; n++) hash.update(CHUNK)
const large = {
  ...manifest.entries[0],
  path: 'outputs/large',
  bytes: count * CHUNK.length,
  sha256: hash.digest('hex'),
}
const layout = layOut({
  ...manifest,
  entries: [...manifest.entries, { ...manifest.entries[0], ...large }] as never,
})

const file = await open(path ?? '', 'w')
let parts = 0
for await (const { body } of archiveParts(layout, { codec: by, atLeastBytes: 8 * 2 ** 20, open: read })) {
  await file.write(body)
  parts++
}
await file.close()
await checkArchive(createReadStream(path ?? ''), { codec: by })
console.log(JSON.stringify({ parts, peakBytes: resourceUsage().maxRSS * 1_024 }))

async function* read({ path: of }: { path: string }): AsyncGenerator<Uint8Array> {
  if (of !== 'outputs/large') return yield Buffer.from(files[of] ?? '')
  for (let n = 0; n < count; n++) yield CHUNK
}
