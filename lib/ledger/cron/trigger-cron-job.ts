import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { DELETING } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { queueTopic } from '../runs/watch-queue.ts'
import { auditOfJob } from './audit-of-cron.ts'
import { CRON_TOPIC, findJob } from './find-job.ts'
import { runOf } from './fire-jobs.ts'
import { CronJobRef } from './job-input.ts'

export const TriggerCronJob = CronJobRef.extend({
  triggeredBy: z
    .enum(['manual', 'api'])
    .default('manual')
    .meta({ description: 'By a person, or by a program' }),
})
export type TriggerCronJob = z.input<typeof TriggerCronJob>

export const TriggeredCronJob = z
  .object({ success: z.literal(true), executionId: RunId })
  .meta({ id: 'TriggeredCronJob' })
export type TriggeredCronJob = z.infer<typeof TriggeredCronJob>

/**
 * Runs a job now, a disabled one too; it is kept who asked, by the audit too. What is at work is waited for, unless the job allows to run beside
 * it. A run is enqueued with this call; a builtin or a call begins with the next dispatch. Throws `not_found`, and
 * `conflict` where a hundred are open already, or it is being deleted. Source 003.
 */
export async function triggerCronJob(ctx: Context, input: TriggerCronJob): Promise<TriggeredCronJob> {
  requireScope(ctx, 'admin')
  const { job: ref, triggeredBy } = parseInput(TriggerCronJob, input)
  const [job, at] = [await findJob(ctx, ref), await ctx.cron.now()]
  if (job.problem === DELETING) throw new LedgerError('conflict', `cron job ${job.name} is being deleted`)
  const id = ctx.newId()
  const trigger = {
    id,
    jobId: job.id,
    at,
    overlapPolicy: job.overlapPolicy,
    triggeredBy,
    triggeredByUserId: ctx.actor.name,
    requestId: ctx.requestId,
    run: runOf(ctx, job, id),
  }
  const audit = auditOfJob(ctx, 'cron.triggered', job, { executionId: id, triggeredBy })
  const execution = await ctx.cron.trigger(trigger, audit)
  if (execution === null) throw new LedgerError('not_found', `cron job ${ref} was deleted`)
  if (execution.status === 'skipped') throw new LedgerError('conflict', `${execution.reason}`)
  ctx.signals.emit(execution.runId === null ? CRON_TOPIC : queueTopic(job.projectId))
  return { success: true, executionId: id }
}
