import { dispatchCron } from '../ledger/cron/dispatch-cron.ts'
import type { PastClock } from './past-clock.ts'
import { workQueue } from './work-queue.ts'

export interface CronHour {
  /** From then up to and without then. */
  from: number
  to: number
  random: () => number
  /** Whether the stock cannot be read. */
  isCounting: boolean
  /** Puts the runs that were enqueued where their executions are. */
  align: () => Promise<void>
}

const STEP_MS = 20_000
/** By then a worker has done it. */
const LATER_MS = 4_000

/** All that cron jobs do in an hour of the past, each at its time; what is due from before comes at its beginning. */
export async function cronHour(
  clock: PastClock,
  { from, to, random, isCounting, align }: CronHour,
): Promise<void> {
  const { ctx } = clock
  const dispatch = () => dispatchCron(ctx, { until: ctx.now() + STEP_MS })
  for (let at = from; at < to; ) {
    clock.set(at)
    const { due, nextRunAt } = await ctx.cron.look()
    if (due) {
      await dispatch()
      await workQueue(ctx, { random, at, isCounting })
      await align()
      clock.set(at + LATER_MS)
      await dispatch()
    }
    at = due ? at + 1 : nextRunAt === null ? to : Date.parse(nextRunAt)
  }
}
