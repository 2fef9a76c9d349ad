import type { Context } from '../../ports/context.ts'
import type { NewSweep, SweepOutcome } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep } from '../../run/sweep.ts'
import { endGoneSweeps } from './end-gone-sweeps.ts'
import { tellSweep } from './sweep-alerts.ts'

export interface SweepOptions {
  /** Ends it after what it is at; what is left is the next one's. */
  signal?: AbortSignal | undefined
  budgetMs?: number | undefined
  /** The execution of a cron job that this is. */
  cronExecutionId?: string | null | undefined
}

/** Until a sweep that its process left behind is known to have failed. */
const SPARE_SECONDS = 60

/**
 * Makes one pass of maintenance: its row stands before it begins, and says how it ended; whoever is to hear of it does. Those that
 * their processes left are ended first. Where `work` throws, the row is left to be ended as such.
 */
export async function sweepPass(
  ctx: Context,
  { kind, dryRun, policy = {} }: Pick<NewSweep, 'kind' | 'dryRun'> & Partial<Pick<NewSweep, 'policy'>>,
  { budgetMs = LIMITS.sweepMs, cronExecutionId = null }: SweepOptions,
  { work, tell = tellSweep }: SweepWork,
): Promise<Sweep> {
  await endGoneSweeps(ctx, kind)
  const sweep = await ctx.sweeps.begin({
    id: ctx.newId(),
    kind,
    dryRun,
    policy,
    requestedBy: ctx.actor.name,
    requestId: ctx.requestId,
    cronExecutionId,
    leaseSeconds: Math.ceil(budgetMs / 1_000) + SPARE_SECONDS,
  })
  const outcome = await work(sweep)
  const ended = (await ctx.sweeps.end(sweep.id, outcome)) ?? sweep
  await tell(ctx, ended)
  return ended
}

interface SweepWork {
  work: (sweep: Sweep) => Promise<SweepOutcome>
  tell?: (ctx: Context, ended: Sweep) => Promise<void>
}
