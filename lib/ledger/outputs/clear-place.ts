import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'

/**
 * Removes what there is of a file that has just been reserved (anew), so that it can be sent: nobody can record any more what was
 * there before. Throws `conflict` where somebody else has announced the file since: it is theirs to remove. The store is
 * asked for that right before; it removes no object on a condition.
 */
export async function clearPlace(ctx: Context, reserved: Output): Promise<void> {
  const { runId, fence, path, createdAt, objectKey } = reserved
  const now = await ctx.outputs.get(runId, fence, path)
  if (now?.createdAt !== createdAt || now.committedAt !== null) throw announcedAnew(path)
  await removeObject(ctx, objectKey)
}

/** Removes one object. Throws `unavailable` where the store does not let it go. */
export async function removeObject({ objects }: Context, key: string): Promise<void> {
  const [failed] = await objects.deleteMany([key])
  if (failed) throw new LedgerError('unavailable', `${key} could not be removed: ${failed.error}`)
}

/** The 409 of whoever works on a file that another has announced meanwhile. */
export function announcedAnew(path: string): LedgerError {
  return new LedgerError('conflict', `${path} was announced anew meanwhile; try again`)
}
