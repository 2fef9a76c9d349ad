import { createHash } from 'node:crypto'
import { ArchiveFault } from '../../archive/archive-fault.ts'
import { codec } from '../../archive/codec.ts'
import { counted } from '../../archive/counted.ts'
import type { TarLayout } from '../../archive/lay-out.ts'
import { ResumableSha256 } from '../../archive/resumable-sha256.ts'
import { TarChecker } from '../../archive/tar-checker.ts'
import type { Archive, ArchivePart, ArchiveReading } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ObjectHead } from '../../ports/object-store.ts'
import { getPart } from './get-part.ts'
import { whileHeld } from './open-originals.ts'

export interface ReadBack {
  archive: Archive
  layout: TarLayout
  /** Called between pieces; what it throws ends the reading. */
  stay: () => Promise<void>
  /** What is read back in one go; what is larger, by its parts. */
  wholeBytes: number
  /** Of a large archive: whether to stop after the part it is at. */
  isOver: () => boolean
  /** Of a large archive: notes how far it has been compared, after each part. */
  note: (reading: ArchiveReading, part: ArchivePart) => Promise<void>
}

/**
 * Compares an archive's object, from the part that is next on, with what it must be: each part with what was sent, the tar in it by its
 * heads and by the SHA-256 of each file. The answer is the SHA-256 of the whole object; null where time ran out: at least one
 * more part is noted then. An object that is another than it was is read from its beginning. Throws an ArchiveFault.
 */
export async function checkByParts(
  ctx: Context,
  { archive, layout, stay, isOver, note }: ReadBack,
  parts: ArchivePart[],
): Promise<string | null> {
  const head = await headOf(ctx, archive, parts)
  const from = archive.reading?.etag === head.etag ? archive.reading : null
  const hash = new ResumableSha256(from?.hash)
  const left = parts.slice(from?.parts)
  const tar = new TarChecker(layout, {
    at: left[0]?.tarStart ?? layout.tarBytes,
    hash: from?.entryHash ?? null,
  })
  const by = codec(archive.compression)
  for (const part of left) {
    const { body, etag } = await getPart(ctx.objects, archive, part)
    if (etag !== head.etag) {
      await body.cancel()
      throw new ArchiveFault('unexpected', `${archive.key} was written over while it was read`)
    }
    const partHash = createHash('sha256')
    const found = counted(whileHeld(body, stay), (piece) => {
      hash.update(piece)
      partHash.update(piece)
    })
    const place = await tar.read(by.readBack(found.stream), part.tarStart + part.tarBytes)
    if (found.bytes() !== part.bytes || partHash.digest('hex') !== part.sha256)
      throw new ArchiveFault('damaged', `part ${part.number} of ${archive.key} is not what was sent`)
    const reading = { parts: part.number, etag, hash: hash.save(), entryHash: place.hash }
    await note(reading, part)
    if (part.number < parts.length && isOver()) return null
  }
  return hash.digest('hex')
}

async function headOf(
  { objects }: Context,
  { key }: Archive,
  parts: ArchivePart[],
): Promise<Pick<ObjectHead, 'etag'>> {
  const head = await objects.head(key)
  if (head === null) throw new ArchiveFault('missing', `${key} is not in the object store`)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  if (head.bytes === bytes) return head
  throw new ArchiveFault(
    head.bytes > bytes ? 'extra' : 'truncated',
    `${key} has ${head.bytes} bytes, and ${bytes} were sent`,
  )
}
