import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { jobOf } from '../../run/script.ts'
import { STALE_SWEEP_SCRIPT } from '../../run/stale.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { isStopped, readKept } from '../cron/job-standing.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { sweepAlerts, tellLastSweep } from './sweep-alerts.ts'

const DAY_MS = 86_400_000
const { failing, overdue } = sweepAlerts('stale')

/**
 * Opens an alert where the stale sweep should have been made a day ago, by the schedule of the job that makes it, counted from the last
 * one that completed, or from when the job was last changed: whoever enables it is not told of what was due before. And where
 * the last one failed, its process killed, say, with nobody left to tell of it. What is so no more is over; so is
 * all of it where nobody has sweeps made.
 */
export async function watchSweeps(ctx: Context): Promise<{ overdue: boolean }> {
  requireScope(ctx, 'admin')
  const jobs = (await allJobs(ctx)).filter((job) => !isStopped(job))
  const job = jobOf(jobs, { name: STALE_SWEEP_SCRIPT, projectId: null })
  if (job === null) {
    const message = 'no cron job makes the stale sweep any more'
    for (const key of [failing, overdue]) await resolveAlert(ctx, { key, message })
    return { overdue: false }
  }
  await tellLastSweep(ctx, 'stale', job.updatedAt)
  const late = await lateOf(ctx, job)
  if (late === null) {
    await resolveAlert(ctx, { key: overdue, message: 'the stale sweep is not overdue any more' })
    return { overdue: false }
  }
  const { message, ...data } = late
  await openAlert(ctx, {
    key: overdue,
    type: 'sweep.overdue',
    message,
    data: { kind: 'stale', ...data, cronJobId: job.id },
  })
  return { overdue: true }
}

/** Why none has completed, though one should have a day ago; null: that is not so. */
async function lateOf(ctx: Context, job: CronJob) {
  const [last, at] = await Promise.all([ctx.sweeps.lastCompleted('stale'), ctx.cron.now()])
  const lastCompletedAt = last?.completedAt ?? null
  const since = [lastCompletedAt ?? '', job.createdAt, job.updatedAt].toSorted().at(-1) ?? at
  // One that cannot be fired has no times: it is late by itself.
  const due = job.problem === null ? (readKept(ctx, job).schedule?.next(since) ?? job.nextRunAt) : since
  if (due === null || Date.parse(at) < Date.parse(due) + DAY_MS) return null
  const message =
    job.problem === null
      ? `the stale sweep was due at ${due}, and none has completed since`
      : `no stale sweep has completed since ${since}: cron job ${job.name} does not run, as ${job.problem}`
  return { message, due, lastCompletedAt }
}
