import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { TrendPoint } from '../../ports/cron-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { findJob } from './find-job.ts'
import { CronJobRef } from './job-input.ts'

export const CronTrend = CronJobRef.extend({
  limit: z.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.pageSize),
})
export type CronTrend = z.input<typeof CronTrend>

/** How long the last executions of a job took, and how much memory, oldest first. Throws `not_found`. */
export async function cronTrend(ctx: Context, input: CronTrend): Promise<TrendPoint[]> {
  requireScope(ctx, 'admin')
  const { job, limit } = parseInput(CronTrend, input)
  return (await ctx.cron.trend((await findJob(ctx, job)).id, limit)).reverse()
}
