import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { jobOf } from '../../run/script.ts'
import { STALE_SWEEP_SCRIPT } from '../../run/stale.ts'
import { RegularSweep } from '../../run/sweep.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { isStopped, readKept } from '../cron/job-standing.ts'
import { openSteps } from '../open-steps.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { endGoneSweeps } from './end-gone-sweeps.ts'
import { lastSweeps } from './last-sweeps.ts'
import { sweepAlerts, tellLastSweep } from './sweep-alerts.ts'

/** The builtin that cron jobs make sweeps of a kind by. */
export const SWEEP_JOBS: Readonly<Record<RegularSweep, string>> = {
  stale: STALE_SWEEP_SCRIPT,
  archive: 'archiveOldRuns',
  verify: 'verifyArchives',
  delete: 'cleanupOldRuns',
  purge: 'cleanupOldRuns',
  cleanup: 'cleanupScriptRuns',
  reconcile: 'reconcileStorage',
}

const DAY_MS = 86_400_000

/**
 * Opens an alert where a sweep should have been made a day ago, by the schedule of the job that makes it, counted from the last
 * one that completed, or from when the job was last changed: whoever enables it is not told of what was due before. And where
 * the last one failed, its process killed, say, with nobody left to tell of it. What is so no more is over; so is
 * all of it where nobody has such sweeps made. Gives back the kinds that are overdue.
 */
export async function watchSweeps(ctx: Context): Promise<{ overdue: RegularSweep[] }> {
  requireScope(ctx, 'admin')
  const steps = openSteps(ctx)
  await steps.take('sweeps whose process is gone', () => endGoneSweeps(ctx))
  const jobs = (await allJobs(ctx)).filter((job) => !isStopped(job))
  const overdue: RegularSweep[] = []
  for (const kind of RegularSweep.options) {
    const job = jobOf(jobs, { name: SWEEP_JOBS[kind], projectId: null })
    if ((await steps.take(kind, () => watchKind(ctx, kind, job))) === true) overdue.push(kind)
  }
  steps.end()
  return { overdue }
}

/** Whether a sweep of this kind is overdue. */
async function watchKind(ctx: Context, kind: RegularSweep, job: CronJob | null): Promise<boolean> {
  const { failing, overdue } = sweepAlerts(kind)
  if (job === null) {
    const message = `no cron job makes the ${kind} sweep any more`
    for (const key of [failing, overdue]) await resolveAlert(ctx, { key, message })
    return false
  }
  await tellLastSweep(ctx, kind, job.updatedAt)
  const late = await lateOf(ctx, kind, job)
  if (late === null) {
    await resolveAlert(ctx, { key: overdue, message: `the ${kind} sweep is not overdue any more` })
    return false
  }
  const { message, ...data } = late
  await openAlert(ctx, {
    key: overdue,
    type: 'sweep.overdue',
    message,
    data: { kind, ...data, cronJobId: job.id },
  })
  return true
}

/** Why none has completed, though one should have a day ago; null: that is not so. */
async function lateOf(ctx: Context, kind: RegularSweep, job: CronJob) {
  const [last, waits, at] = await Promise.all([
    ctx.sweeps.lastCompleted(kind),
    waitsSince(ctx, kind),
    ctx.cron.now(),
  ])
  const lastCompletedAt = last?.completedAt ?? null
  const since = [lastCompletedAt ?? '', waits, job.createdAt, job.updatedAt].toSorted().at(-1) ?? at
  // One that cannot be fired has no times: it is late by itself.
  const due = job.problem === null ? (readKept(ctx, job).schedule?.next(since) ?? job.nextRunAt) : since
  if (due === null || Date.parse(at) < Date.parse(due) + DAY_MS) return null
  const message =
    job.problem === null
      ? `the ${kind} sweep was due at ${due}, and none has completed since`
      : `no ${kind} sweep has completed since ${since}: cron job ${job.name} does not run, as ${job.problem}`
  return { message, due, lastCompletedAt }
}

/** When the last one was made, where that waits to be approved: it was made in time, and an alert of its own tells of it. */
async function waitsSince(ctx: Context, kind: RegularSweep): Promise<string> {
  const [last] = await lastSweeps(ctx, kind)
  return last?.status === 'needs_approval' ? (last.completedAt ?? last.startedAt) : ''
}
