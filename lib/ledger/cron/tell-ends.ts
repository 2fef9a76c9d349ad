import type { Context } from '../../ports/context.ts'
import type { CronEvent, Untold } from '../../ports/cron-store.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { announce } from '../webhooks/announce.ts'
import { readCronSettings } from './cron-settings.ts'
import { isStopped } from './job-standing.ts'
import { throwIfAway } from './throw-if-away.ts'

const BATCH = 100

/**
 * Tells the outside how executions ended, the oldest first. Each is told at least once, a kill in the middle or not, and webhooks
 * hear of it once: they know an event by its id. What cannot be told is logged, and keeps nobody from the rest. How many were told.
 */
export async function tellEnds(ctx: Context): Promise<number> {
  const untold = await ctx.cron.untold(BATCH)
  if (untold.length === 0) return 0
  const { alertAfterFailures } = await readCronSettings(ctx)
  const told: string[] = []
  for (const one of untold)
    try {
      for (const type of typesOf(one.event)) await tell(ctx, type, one)
      await seeToAlert(ctx, one, alertAfterFailures)
      told.push(one.execution.id)
    } catch (error) {
      await throwIfAway(ctx, error)
      ctx.log.error('the end of an execution could not be told; the next round tries again', {
        executionId: one.execution.id,
        error,
      })
    }
  if (told.length > 0) await ctx.cron.told(told)
  return told.length
}

/** A recovery is a success, too. */
const typesOf = (event: CronEvent): CronEvent[] =>
  event === 'cron.recovered' ? ['cron.succeeded', event] : [event]

async function tell(ctx: Context, type: CronEvent, { execution, job }: Untold): Promise<void> {
  const { id, status, reason, scheduledFor, retryCount, startedAt, completedAt, durationMs } = execution
  await announce(ctx, {
    eventId: `${type}:${id}`,
    type,
    projectId: job.projectId,
    data: {
      cronJobId: job.id,
      name: job.name,
      executionId: id,
      status,
      reason,
      scheduledFor,
      retryCount,
      startedAt,
      completedAt,
      durationMs,
      errorMessage: execution.errorMessage,
      runId: execution.runId,
      failuresInRow: job.failuresInRow,
    },
  })
}

/** What the alert about a job is kept under. */
export const failingKey = (jobId: string) => `cron.failing:${jobId}`

async function seeToAlert(ctx: Context, { event, execution, job }: Untold, after: number): Promise<void> {
  const key = failingKey(job.id)
  const over = { key, message: `cron job ${job.name} has recovered` }
  if (event === 'cron.recovered') await resolveAlert(ctx, over)
  if (event !== 'cron.failed' && event !== 'cron.timeout') return
  // As it is by now: a success may have been told of by another, who found nothing to end.
  const failing = await stillFailing(ctx, job.id, after)
  if (failing === null) return
  const { id: executionId, status, errorMessage } = execution
  const { failuresInRow } = failing
  await openAlert(ctx, {
    key,
    type: 'cron.failing',
    message: `cron job ${job.name} has failed ${failuresInRow} times in a row: ${errorMessage ?? status}`,
    data: { cronJobId: job.id, name: job.name, executionId, failuresInRow },
  })
  // What succeeds from here on is told of after this.
  if ((await stillFailing(ctx, job.id, after)) === null) await resolveAlert(ctx, over)
}

/** The job, where it runs and has failed so often; else null. */
async function stillFailing(ctx: Context, jobId: string, after: number): Promise<CronJob | null> {
  const job = await ctx.cron.getJob(jobId)
  return job === null || isStopped(job) || job.failuresInRow < after ? null : job
}
