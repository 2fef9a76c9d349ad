import type { Context } from '../../ports/context.ts'
import type { CronOutlook, OverdueJobs } from '../../ports/cron-store.ts'
import type { EndedStatus } from '../../run/cron-execution.ts'
import { requireScope } from '../require-scope.ts'
import { BUILTINS, type Builtin } from './builtins.ts'
import { CRON_TOPIC } from './find-job.ts'
import { type CronTally, noTally, oneRound } from './one-round.ts'
import { openWork } from './open-work.ts'
import { tellEnds } from './tell-ends.ts'

export interface DispatchCron {
  /** When its time is over, by `ctx.now`: what is under way then is cut. */
  until: number
  /** Executions side by side. */
  concurrency?: number
  /** Aborts where the process stops: nothing more begins, and what is under way has `drainMs` to end. */
  signal?: AbortSignal
  drainMs?: number
  builtins?: Readonly<Record<string, Builtin>>
}

export interface DispatchedCron extends CronTally {
  performed: Record<EndedStatus, number>
  /** Executions that wait behind others of their job. Nobody needs to come for them before those have ended. */
  waiting: number
  /** Whether something is left that could be done now; the next dispatch goes on. */
  more: boolean
  /**
   * Where it stopped before all that was due was recorded: how many jobs are behind, and since when the one that is furthest. The
   * next dispatch goes on from there. Null where no job is behind.
   */
  overdue: OverdueJobs | null
}

/** What of a budget is left while it counts as fresh: an action that never fits begins then, or it would never begin. */
const FRESH = 0.8
const LOOK_EVERY_MS = 10_000

/**
 * Works off all that is outstanding of cron jobs: executions whose process is gone, occurrences that are due, however long ago,
 * what is queued, and retries that come due in its time. Bounded by `until`, safe at the same time as any other, at any time or
 * never. With nothing to do it asks one question. Cron page.
 */
export async function dispatchCron(ctx: Context, options: DispatchCron): Promise<DispatchedCron> {
  requireScope(ctx, 'admin')
  const { until, concurrency = 5, signal, drainMs = 30_000, builtins = BUILTINS } = options
  const budgetMs = until - ctx.now()
  const work = openWork(ctx, { builtins, signal, drainMs })
  const tally = noTally()
  let outlook = await ctx.cron.look()
  try {
    while (!signal?.aborted && ctx.now() < until) {
      const leftMs = until - ctx.now()
      const mustFit = leftMs < budgetMs * FRESH
      const did = await oneRound(ctx, outlook, work, tally, { concurrency, leftMs, mustFit, signal })
      if (!did && !work.hasEndedSome()) {
        const pauseMs = pauseOf(outlook, work.size, until - ctx.now())
        if (pauseMs === null) break
        await ctx.signals.wait(CRON_TOPIC, pauseMs, signal)
      }
      outlook = await ctx.cron.look()
    }
  } finally {
    await work.allEnded()
  }
  const performed = { ...work.ended }
  if (Object.values(performed).some((count) => count > 0)) await tellEnds(ctx)
  else if (!isOpen(outlook))
    return { ...tally, performed, waiting: outlook.behind, more: false, overdue: null }
  const left = await ctx.cron.look()
  const overdue = left.due ? await ctx.cron.overdue(left.at) : null
  return { ...tally, performed, waiting: left.behind, more: isOpen(left), overdue }
}

/** Until something may be to do; null where nothing will be in this time. */
function pauseOf({ at, nextRetryAt }: CronOutlook, underWay: number, leftMs: number): number | null {
  const retryMs = nextRetryAt === null ? Number.POSITIVE_INFINITY : Date.parse(nextRetryAt) - Date.parse(at)
  if (underWay === 0 && retryMs >= leftMs) return null
  return Math.max(1, Math.min(retryMs, leftMs, LOOK_EVERY_MS))
}

/** Whether something could be done at once. */
const isOpen = ({ expired, ended, due, waiting, untold }: CronOutlook) =>
  expired || ended || due || waiting || untold
