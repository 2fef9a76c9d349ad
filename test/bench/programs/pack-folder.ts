import { createReadStream } from 'node:fs'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { argv } from 'node:process'
import { archiveParts } from '../../../lib/archive/archive-parts.ts'
import { checkArchive } from '../../../lib/archive/check-archive.ts'
import { codec } from '../../../lib/archive/codec.ts'
import { layOut } from '../../../lib/archive/lay-out.ts'
import { ArchiveManifest } from '../../../lib/run/archive-manifest.ts'
import { collectBuffersSoon } from '../../../lib/runtime/collect-buffers.ts'

/**
 * Makes an archive of a folder by its manifest, and reads it back, in the parts and with the collector of a server. How many ms each
 * took is left in a file: `pack-folder.ts <folder> <manifest> <archive> <took>`.
 */
const [folder = '', manifestFile = '', archive = '', took = ''] = argv.slice(2)
const PART_BYTES = 8 * 2 ** 20
collectBuffersSoon()

const by = codec('gzip')
const layout = layOut(ArchiveManifest.parse(JSON.parse(await readFile(manifestFile, 'utf8'))))
const began = performance.now()
const file = await open(archive, 'w')
const read = ({ key }: { key: string }, start: number) => createReadStream(join(folder, key), { start })
for await (const { body } of archiveParts(layout, { codec: by, atLeastBytes: PART_BYTES, open: read }))
  await file.write(body)
await file.close()
const packed = performance.now()
await checkArchive(createReadStream(archive), {
  codec: by,
  expect: { manifestSha256: layout.manifestSha256 },
})
await writeFile(took, JSON.stringify({ packMs: packed - began, checkMs: performance.now() - packed }))
