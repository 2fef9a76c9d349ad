import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { PurgePlace } from '../../ports/deletion-store.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { endGoneSweeps } from '../retention/end-gone-sweeps.ts'
import { tellSweep } from '../retention/sweep-alerts.ts'
import { authorOf } from './author-of.ts'
import { amountOf } from './delete-due.ts'
import { DeletionTally } from './deletion-tally.ts'
import type { PassOptions } from './make-pass.ts'
import { removeRuns } from './remove-runs.ts'

export const SweepPurge = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepPurge = z.input<typeof SweepPurge>

const BATCH = 500
const SPARE_SECONDS = 60

/**
 * Removes what deleted runs have left behind whose grace is over: archives, logs, outputs. Their rows stay, and say that nothing is left.
 * It was let through when the runs were deleted, so no breaker holds it. `dryRun` counts. Retention page.
 */
export async function sweepPurge(
  ctx: Context,
  input: SweepPurge = {},
  options: PassOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepPurge, input)
  const { budgetMs = LIMITS.sweepMs, cronExecutionId = null } = options
  await endGoneSweeps(ctx, 'purge')
  const sweep = await ctx.sweeps.begin({
    id: ctx.newId(),
    kind: 'purge',
    dryRun,
    policy: {},
    requestedBy: ctx.actor.name,
    requestId: ctx.requestId,
    cronExecutionId,
    leaseSeconds: Math.ceil(budgetMs / 1_000) + SPARE_SECONDS,
  })
  const outcome = await purge(ctx, sweep, options)
  const ended = (await ctx.sweeps.end(sweep.id, outcome)) ?? sweep
  await tellSweep(ctx, ended)
  return ended
}

async function purge(
  ctx: Context,
  { id, dryRun }: Sweep,
  { budgetMs = LIMITS.sweepMs, signal, batch = BATCH }: PassOptions,
): Promise<SweepOutcome> {
  const until = ctx.now() + budgetMs
  const tally = new DeletionTally()
  const planned = { runs: 0, bytes: 0 }
  const author = authorOf(ctx, 'its grace was over', id)
  let isThrough = false
  try {
    for (let after: PurgePlace | undefined; !isThrough && ctx.now() < until && !signal?.aborted; ) {
      const runs = await ctx.deletions.purgeable({ after, limit: batch })
      const amount = amountOf(runs)
      planned.runs += amount.runs
      planned.bytes += amount.bytes
      if (!dryRun && runs.length > 0) {
        const { gone, left } = await removeRuns(ctx, { ...author, runs }, 'purge')
        tally.forGood(gone, left)
      }
      const last = runs.at(-1)
      isThrough = runs.length < batch
      if (last?.purgeAfter) after = { purgeAfter: last.purgeAfter, id: last.id }
    }
  } catch (error) {
    ctx.log.error('a purge was stopped', { sweepId: id, error })
    tally.wrong(null, isLedgerError(error) ? error.message : 'internal error')
  }
  const { runs: purgedRuns, logFiles, left, errors, bytes } = tally
  return {
    status: errors.length === 0 ? 'completed' : purgedRuns > 0 ? 'partial' : 'failed',
    plan: planned,
    counts: { purgedRuns, deletedLogFiles: logFiles, left },
    bytes,
    errors,
    cursor: isThrough ? null : { stopped: 'time' },
  }
}
