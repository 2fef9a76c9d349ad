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
  /** Moves what was written since then back by so many hours. */
  shift: (by: { since: string; hours: number }) => Promise<void>
}

const STEP_MS = 20_000
const HOUR_MS = 3_600_000
/** By then a worker has done it. */
const LATER_MS = 4_000

/** All that cron jobs do in an hour of the past, each at its time; what is due from before comes at its beginning. */
export async function cronHour(
  clock: PastClock,
  { from, to, random, isCounting, shift }: CronHour,
): Promise<void> {
  const { ctx } = clock
  const dispatch = () => dispatchCron(ctx, { until: ctx.now() + STEP_MS })
  /** What is written by this is written then, as cron's clock says it is. */
  const doAt = async (at: number, act: () => Promise<unknown>) => {
    clock.set(at)
    const since = ctx.now()
    await act()
    await shift({ since: new Date(since).toISOString(), hours: (since - at) / HOUR_MS })
  }
  for (let at = from; at < to; ) {
    clock.set(at)
    const { due, nextRunAt } = await ctx.cron.look()
    if (due) {
      const atOnce = at
      await doAt(atOnce, async () => {
        await dispatch()
        await workQueue(ctx, { random, at: atOnce, isCounting })
      })
      // Executions take the outcomes of their runs.
      await doAt(atOnce + LATER_MS, dispatch)
    }
    at = due ? at + 1 : nextRunAt === null ? to : Date.parse(nextRunAt)
  }
}
