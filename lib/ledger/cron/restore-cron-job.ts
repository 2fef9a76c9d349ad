import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { findJob } from './find-job.ts'
import { CronJobRef } from './job-input.ts'
import { updateCronJob } from './update-cron-job.ts'

/**
 * Sets what people have changed of a job of the program's own to what the program says of it; it is noted as any other change. Throws
 * `not_found`, and `conflict` for a job that people made: nothing says what it was meant to be.
 */
export async function restoreCronJob(ctx: Context, input: CronJobRef): Promise<CronJob> {
  requireScope(ctx, 'admin')
  const { id, name, definition, changes } = await findJob(ctx, parseInput(CronJobRef, input).job)
  if (definition === null)
    throw new LedgerError('conflict', `cron job ${name} has no defaults: somebody made it`)
  const fields = Object.keys(changes).filter((field) => field in definition)
  return await updateCronJob(ctx, {
    ...Object.fromEntries(fields.map((field) => [field, definition[field]])),
    job: id,
  })
}
