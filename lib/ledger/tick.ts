import type { Context } from '../ports/context.ts'
import { LIMITS } from '../run/limits.ts'
import { WATCH_EVERY_SECONDS, watchNowAndThen } from './alerts/watch-now-and-then.ts'
import { type SeenToStorage, seeToStorage } from './archives/see-to-storage.ts'
import { type DispatchedCron, dispatchCron } from './cron/dispatch-cron.ts'
import { type CompactedLogs, compactLogs } from './logs/compact-logs.ts'
import { openSteps } from './open-steps.ts'
import { type SweptOutputs, sweepOutputs } from './outputs/sweep-outputs.ts'
import { STRAYS_EVERY_SECONDS } from './outputs/sweep-uploads.ts'
import { requireScope } from './require-scope.ts'
import { rollUpUntil } from './runs/run-stats.ts'
import { type SweptLost, sweepAllLost } from './runs/sweep-lost.ts'
import { type Delivered, deliver } from './webhooks/deliver.ts'

/** What one tick did; null where there was nothing to do, or somebody else does it. */
export interface Ticked {
  lost: SweptLost | null
  outputs: SweptOutputs | null
  cron: DispatchedCron | null
  deliveries: Delivered
  logs: CompactedLogs | null
  storage: SeenToStorage | null
  /** Whether time ran out before the work did; the next tick goes on. */
  more: boolean
}

export interface TickOptions {
  budgetMs?: number
  /** Whether cron jobs are seen to; not where a server does it by itself (`serveCron`). */
  cron?: boolean
  /** Aborts where the process stops: nothing more begins, and what is told to the outside then has some seconds to end. */
  signal?: AbortSignal
}

/** Of its time, when statistics and cron jobs have had theirs. */
const STATS_SHARE = 0.4
const CRON_SHARE = 0.8

/**
 * Works off everything outstanding, however late it is called: runs nobody holds, statistics, cron jobs, what the outside is to
 * be told, files that were announced and never came, logs of runs that have ended, what was begun with the files of runs and left.
 * Bounded by `budgetMs`, harmless when called twice at once or never. With nothing to do it asks three questions of the database.
 * What one of these throws keeps nobody from the others, and is thrown when they are done.
 */
export async function tick(
  ctx: Context,
  { budgetMs = 50_000, cron: seesToCron = true, signal }: TickOptions = {},
): Promise<Ticked> {
  requireScope(ctx, 'admin')
  const began = ctx.now()
  const until = began + budgetMs
  const there = await ctx.work.outstanding(WHEN)
  const stops = () => signal?.aborted === true
  const steps = openSteps(ctx)
  const step = async <T>(name: string, isDue: boolean, work: () => Promise<T>) =>
    isDue && !stops() ? await steps.take(name, work) : null
  const lost = await step('lost', there.lost, () => sweepAllLost(ctx, until))
  const moreStats = await step('stats', there.stats, () => rollUpUntil(ctx, began + budgetMs * STATS_SHARE))
  const cronUntil = began + budgetMs * CRON_SHARE
  const cron = await step('cron', seesToCron, () =>
    dispatchCron(ctx, { until: cronUntil, ...(signal && { signal }) }),
  )
  await step('watch', there.sweeps, () => watchNowAndThen(ctx))
  const delivering = steps.take('deliveries', () => deliver(ctx, { until, signal }))
  // Beside it: receivers that are slow may take all the time there is. Last: so may a bucket that is away, or large logs.
  const outputs = await step('outputs', there.outputs, () => sweepOutputs(ctx, until))
  const logs = await step('logs', there.logs, () => compactLogs(ctx, until))
  const storage = await step('storage', there.storage, () => seeToStorage(ctx, { until, signal }))
  const deliveries = (await delivering) ?? NOTHING_DELIVERED
  steps.end()
  const done = { lost, outputs, cron, deliveries, logs, storage }
  return { ...done, more: stops() || moreStats === true || Object.values(done).some((part) => part?.more) }
}

const NOTHING_DELIVERED = { delivered: 0, failed: 0, more: false }

const WHEN = {
  uploadSeconds: LIMITS.outputUploadSeconds,
  straysEverySeconds: STRAYS_EVERY_SECONDS,
  watchEverySeconds: WATCH_EVERY_SECONDS,
  lostWaitSeconds: LIMITS.logLostWaitSeconds,
}
