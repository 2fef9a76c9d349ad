import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJob } from './audit-of-cron.ts'
import { readCronSettings } from './cron-settings.ts'
import { CRON_TOPIC } from './find-job.ts'
import { CronJobFields, refuseVariables, toAction } from './job-input.ts'
import { standingOf } from './job-standing.ts'

export const CreateCronJob = z
  .strictObject({
    ...CronJobFields,
    description: CronJobFields.description.default(null),
    timeZone: CronJobFields.timeZone.default('UTC'),
    projectId: CronJobFields.projectId.default(null),
    isEnabled: CronJobFields.isEnabled.default(true),
    timeoutMs: CronJobFields.timeoutMs.optional(),
    maxRetries: CronJobFields.maxRetries.optional(),
    missedPolicy: CronJobFields.missedPolicy.default('once'),
    overlapPolicy: CronJobFields.overlapPolicy.default('skip'),
  })
  .meta({ id: 'CreateCronJob' })
export type CreateCronJob = z.input<typeof CreateCronJob>

/**
 * Makes a cron job; its first occurrence is the next one of its schedule. Throws `invalid` with the reason for a schedule or a
 * zone that there is none of, a builtin that the program has not, or a secret; `conflict` where the name is taken. Source 003.
 */
export async function createCronJob(ctx: Context, input: CreateCronJob): Promise<CronJob> {
  requireScope(ctx, 'admin')
  const given = parseInput(CreateCronJob, input)
  refuseVariables(given.schedule)
  const [action, settings, at] = await Promise.all([
    toAction(ctx, given.action),
    readCronSettings(ctx),
    ctx.cron.now(),
  ])
  const { timeoutMs = settings.defaultTimeoutMs, maxRetries = settings.defaultMaxRetries } = given
  const made = {
    ...given,
    ...standingOf(ctx, given, at),
    id: ctx.newId(),
    action,
    timeoutMs,
    maxRetries,
    definition: null,
    createdBy: ctx.actor.name,
  }
  const audit = auditOfJob(ctx, 'cron.created', made, { schedule: made.schedule, timeZone: made.timeZone })
  const job = await ctx.cron.insertJob(made, at, audit)
  if (job === null) throw new LedgerError('conflict', `there is a cron job ${given.name} already`)
  ctx.signals.emit(CRON_TOPIC)
  return job
}
