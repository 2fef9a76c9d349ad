import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'

/** The job by its id or its name. Throws `not_found`. */
export async function findJob(ctx: Context, idOrName: string): Promise<CronJob> {
  const job = await ctx.cron.getJob(idOrName)
  if (job === null) throw new LedgerError('not_found', `there is no cron job ${idOrName}`)
  return job
}

/** The hint that cron jobs or their executions have changed. */
export const CRON_TOPIC = 'cron'
