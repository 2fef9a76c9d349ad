import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionAuthor, PurgePlace } from '../../ports/deletion-store.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { sweepPass } from '../retention/sweep-pass.ts'
import { authorOf } from './author-of.ts'
import { amountOf } from './delete-due.ts'
import { DeletionTally } from './deletion-tally.ts'
import type { PassOptions } from './make-pass.ts'
import { removeRuns } from './remove-runs.ts'

export const SweepPurge = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepPurge = z.input<typeof SweepPurge>

const BATCH = 500

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
  return await sweepPass(ctx, { kind: 'purge', dryRun }, options, {
    work: (sweep) => purge(ctx, sweep, options),
  })
}

/** What has gone is in the walk no more, and what could not go is taken from it, too: so each pass goes on where the last one ended. */
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
      const amount = amountOf(runs.filter((run) => !run.isBare))
      planned.runs += amount.runs
      planned.bytes += amount.bytes
      if (!dryRun) await purgeSome(ctx, runs, { author, tally })
      const last = runs.at(-1)
      isThrough = runs.length < batch
      if (last?.purgeAfter) after = { purgeAfter: last.purgeAfter, id: last.id }
    }
  } catch (error) {
    ctx.log.error('a purge was stopped', { sweepId: id, error })
    tally.wrong(null, reasonOf(error))
  }
  const { runs: purgedRuns, graceEnded, logFiles, left, errors, bytes } = tally
  return {
    status: errors.length === 0 ? 'completed' : purgedRuns + graceEnded > 0 ? 'partial' : 'failed',
    plan: planned,
    counts: { purgedRuns, graceEnded, deletedLogFiles: logFiles, left },
    bytes,
    errors,
    cursor: isThrough ? null : { stopped: 'time' },
  }
}

/** Of those that had left nothing it is only said that their grace is over. */
async function purgeSome(
  ctx: Context,
  runs: DeletableRun[],
  { author, tally }: { author: DeletionAuthor; tally: DeletionTally },
): Promise<void> {
  const bare = runs.filter((run) => run.isBare)
  const ended = new Set(bare.length === 0 ? [] : await ctx.deletions.endGrace({ ...author, runs: bare }))
  tally.graceEnded += ended.size
  const rest = runs.filter(({ id }) => !ended.has(id))
  if (rest.length === 0) return
  const { gone, left } = await removeRuns(ctx, { ...author, runs: rest }, 'purge')
  tally.forGood(gone, left)
}
