import type { Context } from '../../ports/context.ts'
import { jobOf } from '../../run/script.ts'
import { STALE_SWEEP_SCRIPT } from '../../run/stale.ts'
import type { Sweep } from '../../run/sweep.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { readKept } from '../cron/job-standing.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { sweepAlerts } from './sweep-alerts.ts'

const DAY_MS = 86_400_000

/**
 * Opens an alert where the stale sweep should have been made a day ago, by the schedule of the job that makes it, counted from
 * the last one that completed. Whoever has disabled the job is not told of it.
 */
export async function watchSweeps(ctx: Context): Promise<{ overdue: boolean }> {
  requireScope(ctx, 'admin')
  const job = jobOf(await allJobs(ctx), { name: STALE_SWEEP_SCRIPT, projectId: null })
  if (job === null || !job.isEnabled) return { overdue: false }
  const [last, at] = await Promise.all([ctx.sweeps.lastCompleted('stale'), ctx.cron.now()])
  const since = laterOf(last, job.createdAt)
  const due = readKept(ctx, job).schedule?.next(since) ?? null
  if (due === null || Date.parse(at) < Date.parse(due) + DAY_MS) return { overdue: false }
  await openAlert(ctx, {
    key: sweepAlerts('stale').overdue,
    type: 'sweep.overdue',
    message: `the stale sweep was due at ${due}, and none has completed since`,
    data: { kind: 'stale', due, lastCompletedAt: last?.completedAt ?? null, cronJobId: job.id },
  })
  return { overdue: true }
}

function laterOf(last: Sweep | null, createdAt: string): string {
  const completedAt = last?.completedAt ?? createdAt
  return completedAt > createdAt ? completedAt : createdAt
}

/** How often that is looked at. */
export const WATCH_EVERY_SECONDS = 3_600

/** The same as ticks drive it: once an hour over all instances. */
export async function watchSweepsNowAndThen(ctx: Context): Promise<void> {
  if (await ctx.limits.due('watch-sweeps', WATCH_EVERY_SECONDS)) await watchSweeps(ctx)
}
