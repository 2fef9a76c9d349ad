import { createHash } from 'node:crypto'
import { archiveParts, type ArchivePart as MadePart } from '../../archive/archive-parts.ts'
import { type Codec, codec } from '../../archive/codec.ts'
import type { TarLayout } from '../../archive/lay-out.ts'
import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { MAX_PUT_BYTES, MIN_PART_BYTES } from '../../ports/object-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { describeArchive } from './archive-object.ts'
import { type HeldStorage, storageLost } from './held-storage.ts'
import { openOriginals } from './open-originals.ts'
import { putWhole } from './put-whole.ts'

export interface WriteArchive {
  archive: Archive
  layout: TarLayout
  held: HeldStorage
  /** Whether to stop after the part it is at. */
  isOver: () => boolean
  /** What a part has at least. */
  partBytes: number
  /** What a part is of at most. */
  partTarBytes: number
}

/**
 * Writes an archive's object as far as the time goes, each part a whole compressed member; what is written and noted is not written
 * again. A small one is one object from the first, a larger one is begun as an upload. False where time ran out before the end.
 */
export async function writeArchive(ctx: Context, work: WriteArchive): Promise<boolean> {
  const { archive, layout, held, isOver, partBytes, partTarBytes } = work
  const there = await ctx.archives.parts(archive.runId, archive.attempt)
  const last = there.at(-1)
  const tarStart = last === undefined ? 0 : last.tarStart + last.tarBytes
  if (tarStart === layout.tarBytes) return true
  const by = codec(archive.compression)
  const mostTarBytes = Math.max(partTarBytes, Math.ceil(layout.tarBytes / MOST_LONG_PARTS))
  const made = archiveParts(layout, {
    codec: by,
    tarStart,
    atLeastBytes: Math.max(partBytes, Math.ceil(layout.tarBytes / MOST_PARTS)),
    atMostTarBytes: () => Math.min(mostTarBytes, isOver() ? LIMITS.archiveLatePartTarBytes : mostTarBytes),
    fillBytes: MIN_PART_BYTES,
    open: openOriginals(ctx.objects, held),
  })
  let parts = there
  let upload = archive.uploadId
  for await (const part of made) {
    await held.stay()
    const isWhole =
      part.tarStart === 0 && part.tarEnd === layout.tarBytes && part.body.length <= MAX_PUT_BYTES
    if (isWhole && upload === null) {
      const whole = await putWhole(ctx, archive, by, part.body)
      await note(ctx, work, toPart(part, [], whole))
      return true
    }
    upload ??= await beginUpload(ctx, work, by)
    const { etag } = await ctx.objects.putPart(
      { key: archive.key, uploadId: upload },
      parts.length + 1,
      part.body,
    )
    const stored = toPart(part, parts, { etag, body: part.body })
    await note(ctx, work, stored)
    parts = [...parts, stored]
    if (part.tarEnd < layout.tarBytes && isOver()) return false
  }
  return true
}

/** S3 takes 10,000: so many that end by what they have, and so many that end by what they are of. */
const MOST_PARTS = 8_000
const MOST_LONG_PARTS = 1_000

/** Ends uploads that were begun for an archive by somebody who did not get to note it. */
export async function endStrayUploads({ objects }: Context, { key }: Archive): Promise<void> {
  for (const stray of await objects.listMultiparts({ prefix: key }))
    if (stray.key === key) await objects.abortMultipart(stray)
}

async function beginUpload(ctx: Context, { archive, held }: WriteArchive, by: Codec): Promise<string> {
  const { key, attempt } = archive
  const uploadId = await ctx.objects.createMultipart(key, describeArchive(archive, by))
  if (await ctx.archives.note(held, attempt, { uploadId })) return uploadId
  await ctx.objects.abortMultipart({ key, uploadId })
  throw storageLost(archive.runId)
}

async function note(ctx: Context, { archive, held }: WriteArchive, part: ArchivePart): Promise<void> {
  if (!(await ctx.archives.addPart(held, archive.attempt, part))) throw storageLost(archive.runId)
}

function toPart(
  { tarStart, tarEnd }: MadePart,
  before: ArchivePart[],
  { etag, body }: { etag: string | null; body: Uint8Array },
): ArchivePart {
  const last = before.at(-1)
  return {
    number: before.length + 1,
    etag: etag ?? '',
    start: last === undefined ? 0 : last.start + last.bytes,
    bytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    tarStart,
    tarBytes: tarEnd - tarStart,
  }
}
