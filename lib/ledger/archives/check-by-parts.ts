import { createHash } from 'node:crypto'
import { ArchiveFault } from '../../archive/archive-fault.ts'
import type { LaidEntry, TarLayout } from '../../archive/lay-out.ts'
import { tarHead } from '../../archive/tar-head.ts'
import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { readTarOf, type TarReader } from './read-tar-range.ts'

export interface ReadBack {
  archive: Archive
  layout: TarLayout
  /** Called between pieces; what it throws ends the reading. */
  stay: () => Promise<void>
  /** What is read back in one go; what is larger, by its parts. */
  wholeBytes: number
  /** Of a large archive: whether to stop after the entry it is at. */
  isOver: () => boolean
  /** Of a large archive: notes how many entries have been compared. */
  note: (entries: number) => Promise<void>
}

/**
 * Compares the tar in an archive, from the entry that is next on, with what it must be, byte for byte in its heads and by SHA-256 in
 * its files. False where time ran out; what was compared is noted. Throws an ArchiveFault.
 */
export async function checkTarByParts(
  ctx: Context,
  { archive, layout, stay, isOver, note }: ReadBack,
  parts: ArchivePart[],
): Promise<boolean> {
  const tar = readTarOf(ctx.objects, archive, parts)
  try {
    for (let n = archive.readBack; n < layout.entries.length; n++) {
      const laid = layout.entries[n]
      if (laid === undefined) break
      await compare(tar, layout, laid, stay)
      const isLast = n + 1 === layout.entries.length
      if (isLast || n % NOTED_EVERY === NOTED_EVERY - 1 || isOver()) await note(n + 1)
      if (!isLast && isOver()) return false
    }
    return true
  } finally {
    await tar.close()
  }
}

const NOTED_EVERY = 100

async function compare(
  tar: TarReader,
  layout: TarLayout,
  laid: LaidEntry,
  stay: () => Promise<void>,
): Promise<void> {
  const head: Uint8Array[] = []
  for await (const piece of tar.read(laid.tarStart, laid.dataStart)) head.push(piece)
  const hash = createHash('sha256')
  for await (const piece of tar.read(laid.dataStart, laid.dataStart + laid.bytes)) {
    hash.update(piece)
    await stay()
  }
  const sha256 = laid.entry?.sha256 ?? layout.manifestSha256
  if (Buffer.concat(head).equals(tarHead(laid)) && hash.digest('hex') === sha256) return
  throw new ArchiveFault('differs', `${laid.name} is not what the manifest says`, { entry: laid.name })
}
