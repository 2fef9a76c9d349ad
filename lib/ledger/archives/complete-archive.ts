import type { Archive, ArchivePart } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { ObjectHead } from '../../ports/object-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import { isMadeOf } from './archive-object.ts'
import { BadAttempt } from './bad-attempt.ts'
import { type HeldStorage, storageLost } from './held-storage.ts'

/**
 * Makes one object of the parts, and notes that it is stored. One that was completed before, by somebody who did not get to note it,
 * is taken as it is. Throws a BadAttempt where there is another object, or none and no upload to make it of.
 */
export async function completeArchive(ctx: Context, archive: Archive, held: HeldStorage): Promise<void> {
  const parts = await ctx.archives.parts(archive.runId, archive.attempt)
  await held.sure()
  if (archive.uploadId !== null) await complete(ctx, archive, archive.uploadId, parts)
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0)
  const head = await ctx.objects.head(archive.key)
  refuse(archive, head, bytes)
  if (!(await ctx.archives.note(held, archive.attempt, { status: 'stored', bytes })))
    throw storageLost(archive.runId)
}

async function complete(
  { objects }: Context,
  { key }: Archive,
  uploadId: string,
  parts: ArchivePart[],
): Promise<void> {
  const given = parts.map(({ number, etag }) => ({ number, etag }))
  try {
    await objects.completeMultipart({ key, uploadId }, given, { ifAbsent: true })
  } catch (error) {
    // It has ended: what there is now says how. Parts that somebody has written over are of another archive.
    if (!isLedgerError(error) || (error.code !== 'not_found' && error.code !== 'invalid')) throw error
    if (error.code === 'invalid') throw new BadAttempt(`the parts of ${key} are others by now`, error)
  }
}

function refuse(archive: Archive, head: ObjectHead | null, bytes: number): void {
  const { key } = archive
  if (head === null) throw new BadAttempt(`the upload of ${key} has ended, and there is no object`)
  if (!isMadeOf(head, archive)) throw new BadAttempt(`there is another object at ${key}`)
  if (head.bytes !== bytes)
    throw new BadAttempt(`${key} has ${head.bytes} bytes in the store, and not ${bytes}`)
}
