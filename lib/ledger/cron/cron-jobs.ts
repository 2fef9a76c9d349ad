import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { JobStatistics } from '../../ports/cron-store.ts'
import { CronExecution, ExecutionStatus } from '../../run/cron-execution.ts'
import { CRON_CHANGES_KEPT, CronJob, CronJobChanged } from '../../run/cron-job.ts'
import { LIMITS } from '../../run/limits.ts'
import { Timestamp } from '../../run/run.ts'
import { nextTimes } from '../../run/schedule.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readCronSettings } from './cron-settings.ts'
import { findJob } from './find-job.ts'
import { CronJobName, CronJobRef } from './job-input.ts'
import { readKept } from './job-standing.ts'

export const CronJobStatistics = z
  .object({
    since: Timestamp.meta({
      description: 'From the beginning of the day on which `executionRetentionDays` began',
    }),
    last: CronExecution.nullable().meta({ description: 'The newest execution, whatever became of it' }),
    lastRun: CronExecution.nullable().meta({ description: 'The newest execution that began' }),
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

/** A job as it is shown by itself. */
export const CronJobDetails = ShownCronJob.extend({
  history: z
    .array(CronJobChanged)
    .meta({ description: `The last ${CRON_CHANGES_KEPT} changes by people, newest first` }),
}).meta({ id: 'CronJobDetails' })
export type CronJobDetails = z.infer<typeof CronJobDetails>

/** One job with its statistics and what people have changed, by id or name. Throws `not_found`. Source 003. */
export async function getCronJob(ctx: Context, input: CronJobRef): Promise<CronJobDetails> {
  requireScope(ctx, 'admin')
  const job = await findJob(ctx, parseInput(CronJobRef, input).job)
  const [[shown], history] = await Promise.all([withStatistics(ctx, [job]), ctx.cron.changesOf(job.id)])
  return { ...(shown as ShownCronJob), history }
}

/** As a query string has it. */
const WORDS = new Map<unknown, boolean>([
  ['true', true],
  ['false', false],
])
const Flag = z.preprocess((value) => WORDS.get(value) ?? value, z.boolean())

export const ListCronJobs = z.strictObject({
  isEnabled: Flag.optional(),
  isFailing: Flag.optional().meta({
    description: 'Its last occurrence failed, or it does not run although it is enabled',
  }),
  origin: z.enum(['program', 'people']).optional().meta({ description: 'Who made it' }),
  q: z.string().min(1).max(100).optional().meta({ description: 'Stands in the name or the description' }),
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
  const { q: contains, limit, cursor, ...filter } = parseInput(ListCronJobs, input)
  const jobs = await ctx.cron.listJobs({ ...filter, contains, after: cursor, limit: limit + 1 })
  const data = await withStatistics(ctx, jobs.slice(0, limit))
  return { data, nextCursor: jobs.length > limit ? (data.at(-1)?.name ?? null) : null }
}

const NEXT_RUNS = 5
const DAY_MS = 86_400_000

async function withStatistics(ctx: Context, jobs: CronJob[]): Promise<ShownCronJob[]> {
  const [{ executionRetentionDays }, at] = await Promise.all([readCronSettings(ctx), ctx.cron.now()])
  // They are counted by the day.
  const today = Math.floor(Date.parse(at) / DAY_MS)
  const since = new Date((today - executionRetentionDays) * DAY_MS).toISOString()
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

function rated({ last, lastRun, byStatus, averageDurationMs }: JobStatistics) {
  const { completed = 0, failed = 0, timeout = 0 } = byStatus
  const ended = completed + failed + timeout
  const successRate = ended === 0 ? null : completed / ended
  return { last, lastRun, byStatus, averageDurationMs, successRate }
}
