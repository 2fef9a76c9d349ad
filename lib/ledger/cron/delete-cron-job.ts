import type { Context } from '../../ports/context.ts'
import { type CronJob, DELETING } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfJob } from './audit-of-cron.ts'
import { DEFINITIONS } from './definitions.ts'
import { findJob } from './find-job.ts'
import { CronJobRef } from './job-input.ts'
import { failingKey } from './tell-ends.ts'

const BATCH = 2_000
const BUDGET_MS = 30_000

/**
 * Removes a job with its executions and its alert; runs that it enqueued stay. From the first moment on nothing of it begins. Throws
 * `not_found`; `conflict` for a job of the program's own, which the next sync would bring back; and `unavailable` where there is more
 * to remove than half a minute is enough for: asked again, as after a kill, it goes on.
 */
export async function deleteCronJob(
  ctx: Context,
  input: CronJobRef,
  { budgetMs = BUDGET_MS }: { budgetMs?: number } = {},
): Promise<void> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const { job: ref } = parseInput(CronJobRef, input)
  const { id, name } = await stopForGood(ctx, ref)
  while ((await ctx.cron.deleteExecutionsOf(id, BATCH)) === BATCH)
    if (ctx.now() >= until)
      throw new LedgerError(
        'unavailable',
        `cron job ${name} has many executions, of which some are left; ask again`,
        {
          retryAfterSeconds: 1,
        },
      )
  // With nothing left that could open it again, and while the job can still be asked for.
  await resolveAlert(ctx, { key: failingKey(id), message: `cron job ${name} was deleted` })
  if (!(await ctx.cron.deleteJob(id))) throw new LedgerError('not_found', `there is no cron job ${ref}`)
}

async function stopForGood(ctx: Context, ref: string): Promise<CronJob> {
  for (;;) {
    const job = await findJob(ctx, ref)
    const { name, definition, problem } = job
    if (definition !== null && DEFINITIONS.some((one) => one.name === name))
      throw new LedgerError(
        'conflict',
        `cron job ${name} belongs to the program and would come back; disable it`,
      )
    if (problem === DELETING) return job
    const patch = { isEnabled: false, nextRunAt: null, problem: DELETING, lastModifiedBy: ctx.actor.name }
    // Somebody who was quicker has fired or changed it, once.
    const audit = auditOfJob(ctx, 'cron.deleted', job, { schedule: job.schedule, timeZone: job.timeZone })
    const stopped = await ctx.cron.updateJob(job, patch, await ctx.cron.now(), { audit })
    if (stopped !== null) return stopped
  }
}
