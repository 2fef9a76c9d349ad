import type { Context } from '../../ports/context.ts'
import type { DeletionAuthor, DeletionBatch, TakenDeletion } from '../../ports/deletion-store.ts'
import { DELETION_LEASE_SECONDS } from './deletion-lease.ts'
import { type Left, removeObjects } from './remove-objects.ts'

/** What became of runs that were to go. */
export interface RemovedRuns {
  gone: TakenDeletion['run'][]
  left: Left
}

/**
 * Removes what runs have in the object store, then the runs (`purge`: what their rows say of it). Pending in the audit before the
 * first object goes, confirmed with the row. A run that is not as it was seen any more is left alone; one of which an object could not
 * be removed stays in deletion, and whoever comes next goes on.
 */
export async function removeRuns(
  ctx: Context,
  batch: DeletionBatch,
  work: TakenDeletion['work'] = 'delete',
): Promise<RemovedRuns> {
  const leaseSeconds = DELETION_LEASE_SECONDS
  return await removeTaken(ctx, await ctx.deletions.take({ ...batch, work, leaseSeconds }), batch)
}

/** The same for runs that are in hand already; one of which an object stays may be taken in hand again after so long. */
export async function removeTaken(
  ctx: Context,
  taken: TakenDeletion[],
  author: DeletionAuthor,
  retrySeconds = 0,
): Promise<RemovedRuns> {
  if (taken.length === 0) return { gone: [], left: new Map() }
  const leases = (some: TakenDeletion[]) => some.map(({ lease }) => lease)
  try {
    const left = await removeObjects(ctx, taken)
    const done = new Set(
      await ctx.deletions.finish(
        taken.filter(({ run }) => !left.has(run.id)),
        author,
      ),
    )
    await ctx.deletions.release(leases(taken.filter(({ run }) => left.has(run.id))), retrySeconds)
    for (const id of done) ctx.signals.emit(`run:${id}`)
    return { gone: taken.filter(({ run }) => done.has(run.id)).map(({ run }) => run), left }
  } catch (error) {
    // Whoever comes next may go on at once; where that cannot be said, the lease's end says it.
    await ctx.deletions.release(leases(taken), 0).catch(() => {})
    throw error
  }
}
