import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { openAlerts } from '../alerts/open-alerts.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { SWEEP_JOBS, watchSweeps } from '../retention/watch-sweeps.ts'
import { isStopped } from './job-standing.ts'
import { failingKey } from './tell-ends.ts'

/** Ends what is no alert any more once a job is as it is now. What cannot be said is logged, and said within the hour. */
export async function settleAlerts(ctx: Context, job: CronJob): Promise<void> {
  const { id, name, action } = job
  try {
    if (isStopped(job))
      await resolveAlert(ctx, { key: failingKey(id), message: `cron job ${name} does not run any more` })
    if (action.type === 'builtin' && Object.values(SWEEP_JOBS).includes(action.name)) await watchSweeps(ctx)
  } catch (error) {
    ctx.log.warn('could not tell what became of the alerts about a cron job', { job: name, error })
  }
}

/** Ends the alerts about jobs that do not fail any more, where that could not be said when it came about. */
export async function settleFailing(ctx: Context): Promise<void> {
  for (const { key, data } of await openAlerts(ctx, 'cron.failing')) {
    const job = await ctx.cron.getJob(String(data.cronJobId))
    if (job !== null && !isStopped(job) && job.failuresInRow > 0) continue
    await resolveAlert(ctx, { key, message: `cron job ${job?.name ?? data.name} fails no more` })
  }
}
