import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { ExecutionStatus } from '../../run/cron-execution.ts'
import { Instant } from '../../run/instant.ts'
import { Timestamp } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readCronSettings } from './cron-settings.ts'

export const GetCronStats = z.strictObject({
  since: Instant.optional().meta({ description: 'Default: 24 hours ago' }),
})
export type GetCronStats = z.input<typeof GetCronStats>

const Count = z.number().int()

export const CronStats = z
  .object({
    paused: z.boolean(),
    jobs: z.object({ total: Count, enabled: Count, withProblem: Count, failing: Count }),
    since: Timestamp,
    executions: z.partialRecord(ExecutionStatus, Count).meta({ description: 'Recorded since, by status' }),
    nextRunAt: Timestamp.nullable().meta({ description: 'When the next job is due' }),
    overdue: z
      .object({ jobs: Count, since: Timestamp })
      .nullable()
      .meta({ description: 'Jobs whose time has come and that nothing has fired yet, and since when' }),
  })
  .meta({ id: 'CronStats' })
export type CronStats = z.infer<typeof CronStats>

const DAY_MS = 86_400_000

/** How all cron jobs stand. */
export async function cronStats(ctx: Context, input: GetCronStats = {}): Promise<CronStats> {
  requireScope(ctx, 'admin')
  const given = parseInput(GetCronStats, input)
  const { at, nextRunAt } = await ctx.cron.look()
  const since = given.since ?? new Date(Date.parse(at) - DAY_MS).toISOString()
  const [{ paused }, jobs, executions, overdue] = await Promise.all([
    readCronSettings(ctx),
    ctx.cron.countJobs(),
    ctx.cron.countExecutions(since),
    ctx.cron.overdue(at),
  ])
  return { paused, jobs, since, executions, nextRunAt, overdue }
}
