import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CronExecution } from '../../run/cron-execution.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { jobOf } from '../../run/script.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { triggerCronJob } from './trigger-cron-job.ts'

export const TriggerBuiltin = z.strictObject({ builtin: z.string().min(1).max(100) })
export type TriggerBuiltin = z.input<typeof TriggerBuiltin>

/**
 * Has something that the program can do by itself done now, by the cron job that does it, also where that is disabled: it begins with
 * the next dispatch, and its execution tells how it went. Throws `not_found` where no job does it; `conflict` as `triggerCronJob`.
 */
export async function triggerBuiltin(
  ctx: Context,
  input: TriggerBuiltin,
): Promise<{ job: CronJob; executionId: string }> {
  requireScope(ctx, 'admin')
  const { builtin } = parseInput(TriggerBuiltin, input)
  const job = await jobOfBuiltin(ctx, builtin)
  if (job === null)
    throw new LedgerError(
      'not_found',
      `no cron job does ${builtin}; reload the jobs of the program, or create one with that builtin`,
    )
  const { executionId } = await triggerCronJob(ctx, { job: job.id })
  return { job, executionId }
}

/** What does it now, or is about to: the execution of its job that waits or is at work; null: nothing. */
export async function builtinAtWork(ctx: Context, input: TriggerBuiltin): Promise<CronExecution | null> {
  requireScope(ctx, 'admin')
  const { builtin } = parseInput(TriggerBuiltin, input)
  const job = await jobOfBuiltin(ctx, builtin)
  if (job === null) return null
  const [open] = await ctx.cron.listExecutions({ jobId: job.id, status: ['queued', 'running'], limit: 1 })
  return open ?? null
}

const jobOfBuiltin = async (ctx: Context, name: string) =>
  jobOf(await allJobs(ctx), { name, projectId: null })
