import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { DeletableRun } from '../../ports/deletion-store.ts'
import type { DeletedRun } from '../../run/deletion.ts'
import { LedgerError } from '../../run/errors.ts'
import { holdEnd, isHeld } from '../../run/hold.ts'
import { RunId } from '../../run/ids.ts'
import { Reason } from '../../run/reason.ts'
import { DeletionStrategy, policyFor } from '../../run/retention-policy.ts'
import { isFinal } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readPolicies } from '../retention/policies.ts'
import { getRun, notFound } from '../runs/get-run.ts'
import { authorOf } from './author-of.ts'
import { DELETION_LEASE_SECONDS } from './deletion-lease.ts'
import { freedBy } from './freed-by.ts'
import { removeRuns, removeTaken } from './remove-runs.ts'

export const DeleteRun = z.strictObject({
  id: RunId,
  reason: Reason,
  mode: DeletionStrategy.optional().meta({
    description:
      '`soft`: the row stays, and all else for the grace, in which it can be restored. `hard`: all goes now. Default: as the policy of the run says',
  }),
})
export type DeleteRun = z.input<typeof DeleteRun>

const TRIES = 3

/**
 * Deletes a run now, however young it is. Softly, nothing is removed before its grace is over; for good, the objects go by the keys that
 * were recorded, then the row, and the audit keeps who, why, and the run's figures. Killed at any point and called again, it goes on;
 * called twice at once, it happens once. Throws `not_found`; `conflict` for a run that has not ended, is held, or whose files somebody
 * works on; `unavailable` where an object could not be removed: it stays in deletion then, and reconcile goes on. Source 002.
 */
export async function deleteRun(ctx: Context, input: DeleteRun): Promise<DeletedRun> {
  requireScope(ctx, 'admin')
  const { id, reason, mode } = parseInput(DeleteRun, input)
  await getRun(ctx, { id }, 'admin')
  const policies = await readPolicies(ctx)
  for (let tries = 0; tries < TRIES; tries++) {
    const run = await ctx.deletions.find(id)
    if (run === null) throw notFound(id)
    const policy = policyFor(run, policies)
    const how = mode ?? policy.deletionStrategy
    if (run.storageState === 'deleted' && how === 'soft') return softly(run)
    await refuse(ctx, run)
    const deleted =
      how === 'soft' && run.storageState !== 'deleting'
        ? await deleteSoftly(ctx, run, { reason, graceDays: policy.deleteGraceDays })
        : await deleteForGood(ctx, run, reason)
    if (deleted !== null) return deleted
  }
  throw new LedgerError('conflict', `run ${id} keeps changing; try again`)
}

/** Throws `conflict` for a run that cannot be deleted as it is. */
async function refuse(ctx: Context, run: DeletableRun): Promise<void> {
  const { id, state, storageState, isFree, holdUntil } = run
  const no = (why: string) => new LedgerError('conflict', `run ${id} ${why}`)
  if (!isFinal(state)) throw no(`is ${state}; only a finished run can be deleted`)
  if (storageState === 'archiving' || storageState === 'restoring')
    throw no(
      `is ${storageState === 'archiving' ? 'being archived' : 'being restored'}; try again when that is done`,
    )
  if (!isFree && storageState === 'deleting') throw no('is being deleted already')
  if (!isFree) throw no('is being archived, up to the last of its files; try again when that is done')
  if (holdUntil !== null && isHeld(run, await ctx.retentionStore.now()))
    throw no(`is held ${holdEnd(holdUntil)}; release it first`)
}

async function deleteSoftly(
  ctx: Context,
  run: DeletableRun,
  { reason, graceDays }: { reason: string; graceDays: number },
): Promise<DeletedRun | null> {
  const [done] = await ctx.deletions.deleteSoftly({ ...authorOf(ctx, reason), runs: [run], graceDays })
  if (done === undefined) return null
  ctx.signals.emit(`run:${run.id}`)
  const deleted = await ctx.deletions.find(run.id)
  return deleted === null ? null : softly(deleted)
}

function softly({ id, deletedAt, purgeAfter, createdAt }: DeletableRun): DeletedRun {
  return {
    id,
    mode: 'soft',
    deletedAt: deletedAt ?? createdAt,
    purgeAfter,
    deletedLogFiles: 0,
    freedBytes: 0,
  }
}

async function deleteForGood(ctx: Context, run: DeletableRun, reason: string): Promise<DeletedRun | null> {
  const isBegun = run.storageState === 'deleting'
  const batch = { ...authorOf(ctx, (isBegun ? run.deletionReason : null) ?? reason), runs: [run] }
  if (run.isBare && !isBegun) {
    const [bare] = await ctx.deletions.removeBare(batch)
    if (bare !== undefined) {
      ctx.signals.emit(`run:${run.id}`)
      return await forGood(ctx, run)
    }
  }
  const taken = isBegun ? await resumed(ctx, run.id) : null
  const { gone, left } = taken === null ? await removeRuns(ctx, batch) : await removeTaken(ctx, taken, batch)
  const [why] = left.values()
  if (why !== undefined) throw new LedgerError('unavailable', `run ${run.id} is not wholly deleted: ${why}`)
  return gone.length === 0 ? null : await forGood(ctx, run)
}

async function resumed(ctx: Context, id: string) {
  const taken = await ctx.deletions.resume(id, DELETION_LEASE_SECONDS)
  return taken === null ? [] : [taken]
}

async function forGood(ctx: Context, run: DeletableRun): Promise<DeletedRun> {
  const deletedAt = await ctx.retentionStore.now()
  const { logFiles: deletedLogFiles, bytes: freedBytes } = freedBy(run)
  return { id: run.id, mode: 'hard', deletedAt, purgeAfter: null, deletedLogFiles, freedBytes }
}
