import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { OverdueJobs } from '../../ports/cron-store.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { allJobs } from '../scripts/all-jobs.ts'
import { isStopped, readKept } from './job-standing.ts'

export const GetUpcomingCron = z.strictObject({
  hours: z.number().int().min(1).max(168).default(24),
  limit: z.number().int().min(1).max(100).default(20).meta({ description: 'So many jobs are told of' }),
})
export type GetUpcomingCron = z.input<typeof GetUpcomingCron>

/** What cron will do, and what it has not done. */
export interface UpcomingCron {
  /** Of the jobs whose next time lies within these hours, the first ones. */
  jobs: {
    id: string
    name: string
    nextRunAt: string
    /** How often within these hours; up to 100. */
    times: number
    scheduleInWords: string | null
  }[]
  /** How many others there are of them. */
  more: number
  /** Enabled jobs that do not run, by what is wrong with them. */
  problems: { id: string; name: string; problem: string }[]
  /** Jobs whose time came more than two minutes ago, and that nobody has fired; null: none. */
  overdue: OverdueJobs | null
  /** Occurrences of the last day that were missed. */
  missed: number
}

const HOUR_MS = 3_600_000
const LATE_MS = 120_000
const MOST_TIMES = 100

/** What the jobs will do in the next hours, and what of the last day they did not. */
export async function upcomingCron(ctx: Context, input: GetUpcomingCron = {}): Promise<UpcomingCron> {
  requireScope(ctx, 'admin')
  const { hours, limit } = parseInput(GetUpcomingCron, input)
  const at = Date.parse(await ctx.cron.now())
  const back = (ms: number) => new Date(at - ms).toISOString()
  const [all, overdue, counts] = await Promise.all([
    allJobs(ctx),
    ctx.cron.overdue(back(LATE_MS)),
    ctx.cron.countExecutions(back(24 * HOUR_MS)),
  ])
  const until = back(-hours * HOUR_MS)
  const enabled = all.filter((job) => !isStopped(job))
  const next = enabled
    .flatMap((job) =>
      job.nextRunAt === null || job.nextRunAt > until ? [] : [{ ...job, nextRunAt: job.nextRunAt }],
    )
    .toSorted((a, b) => (a.nextRunAt < b.nextRunAt ? -1 : 1))
  return {
    jobs: next.slice(0, limit).map((job) => upcomingOf(ctx, job, until)),
    more: Math.max(0, next.length - limit),
    problems: enabled.flatMap(({ id, name, problem }) => (problem === null ? [] : [{ id, name, problem }])),
    overdue,
    missed: counts.missed ?? 0,
  }
}

/** Each time is searched for, so only those of the first jobs are. */
function upcomingOf(
  ctx: Context,
  job: CronJob & { nextRunAt: string },
  until: string,
): UpcomingCron['jobs'][number] {
  const { id, name, nextRunAt } = job
  const { schedule } = readKept(ctx, job)
  const later = schedule?.between(nextRunAt, until, MOST_TIMES - 1) ?? []
  return { id, name, nextRunAt, times: 1 + later.length, scheduleInWords: schedule?.words ?? null }
}
