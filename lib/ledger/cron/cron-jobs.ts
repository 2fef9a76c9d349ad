import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { JobStatistics } from '../../ports/cron-store.ts'
import { CronExecution, ExecutionStatus } from '../../run/cron-execution.ts'
import { CronJob } from '../../run/cron-job.ts'
import { LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import { Timestamp } from '../../run/run.ts'
import { nextTimes } from '../../run/schedule.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readCronSettings } from './cron-settings.ts'
import { DEFINITIONS } from './definitions.ts'
import { findJob } from './find-job.ts'
import { CronJobName, CronJobRef } from './job-input.ts'
import { readKept } from './job-standing.ts'
import { failingKey } from './tell-ends.ts'

export const CronJobStatistics = z
  .object({
    since: Timestamp,
    last: CronExecution.nullable().meta({ description: 'The newest execution, whatever became of it' }),
    byStatus: z.partialRecord(ExecutionStatus, z.number().int()),
    averageDurationMs: z.number().int().nullable(),
    successRate: z
      .number()
      .nullable()
      .meta({ description: 'completed / (completed + failed + timeout), each attempt counted' }),
  })
  .meta({ id: 'CronJobStatistics' })

/** A job as it is shown. */
export const ShownCronJob = CronJob.extend({
  scheduleInWords: z.string().nullable(),
  nextRuns: z.array(Timestamp).meta({ description: 'The next five times; none while it does not run' }),
  statistics: CronJobStatistics,
}).meta({ id: 'ShownCronJob' })
export type ShownCronJob = z.infer<typeof ShownCronJob>

/** One job with its statistics, by id or name. Throws `not_found`. Source 003. */
export async function getCronJob(ctx: Context, input: CronJobRef): Promise<ShownCronJob> {
  requireScope(ctx, 'admin')
  const { job } = parseInput(CronJobRef, input)
  const [shown] = await withStatistics(ctx, [await findJob(ctx, job)])
  return shown as ShownCronJob
}

/** As a query string has it. */
const WORDS = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
])

export const ListCronJobs = z.strictObject({
  isEnabled: z.preprocess((value) => WORDS.get(value) ?? value, z.boolean()).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: CronJobName.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListCronJobs = z.input<typeof ListCronJobs>

/** Jobs with their statistics, by name. Source 003. */
export async function listCronJobs(
  ctx: Context,
  input: ListCronJobs = {},
): Promise<{ data: ShownCronJob[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { isEnabled, limit, cursor } = parseInput(ListCronJobs, input)
  const jobs = await ctx.cron.listJobs({ isEnabled, after: cursor, limit: limit + 1 })
  const data = await withStatistics(ctx, jobs.slice(0, limit))
  return { data, nextCursor: jobs.length > limit ? (data.at(-1)?.name ?? null) : null }
}

/**
 * Removes a job with its executions; runs that it enqueued stay. Throws `not_found`, and `conflict` for a job of the program's
 * own, which the next sync would bring back.
 */
export async function deleteCronJob(ctx: Context, input: CronJobRef): Promise<void> {
  requireScope(ctx, 'admin')
  const { job: ref } = parseInput(CronJobRef, input)
  const { id, name, definition } = await findJob(ctx, ref)
  if (definition !== null && DEFINITIONS.some((one) => one.name === name))
    throw new LedgerError(
      'conflict',
      `cron job ${name} belongs to the program and would come back; disable it`,
    )
  await resolveAlert(ctx, { key: failingKey(id), message: `cron job ${name} was deleted` })
  if (!(await ctx.cron.deleteJob(id))) throw new LedgerError('not_found', `there is no cron job ${ref}`)
}

const NEXT_RUNS = 5
const DAY_MS = 86_400_000

async function withStatistics(ctx: Context, jobs: CronJob[]): Promise<ShownCronJob[]> {
  const [{ executionRetentionDays }, at] = await Promise.all([readCronSettings(ctx), ctx.cron.now()])
  const since = new Date(Date.parse(at) - executionRetentionDays * DAY_MS).toISOString()
  const statistics = await ctx.cron.statistics(
    jobs.map(({ id }) => id),
    since,
  )
  return jobs.map((job, n) => {
    const { schedule } = readKept(ctx, job)
    const first = job.nextRunAt
    const rest = first === null || schedule === null ? [] : nextTimes(schedule, first, NEXT_RUNS - 1)
    return {
      ...job,
      scheduleInWords: schedule?.words ?? null,
      nextRuns: first === null ? [] : [first, ...rest],
      statistics: { since, ...rated(statistics[n] as JobStatistics) },
    }
  })
}

function rated({ last, byStatus, averageDurationMs }: JobStatistics) {
  const { completed = 0, failed = 0, timeout = 0 } = byStatus
  const ended = completed + failed + timeout
  return { last, byStatus, averageDurationMs, successRate: ended === 0 ? null : completed / ended }
}
