import type { CronExecution } from '../../run/cron-execution.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { lookOfStatus, markedStatus } from './execution-words.ts'
import { relativeTime } from './spoken-time.ts'
import { type Column, type TableOptions, table } from './table.ts'

interface Row extends CronJob {
  scheduleInWords: string | null
  statistics: { last: CronExecution | null }
}

/** Cron jobs as people read them. */
export function cronTable(jobs: Row[], { now, ...options }: TableOptions & { now: Date }): string {
  const isScreen = options.width !== undefined
  const lastOf = ({ statistics: { last } }: Row) => last
  const columns: Column<Row>[] = [
    { head: 'NAME', cell: ({ name }) => name, min: 24 },
    { head: 'SCHEDULE', cell: ({ schedule }) => schedule, min: 20 },
    { head: 'ZONE', cell: ({ timeZone }) => timeZone, style: () => 'dim', rank: 5 },
    { head: 'NEXT', cell: (job) => nextOf(job, now), style: lookOfNext },
    {
      head: 'LAST',
      cell: (job) => statusOf(lastOf(job), isScreen),
      style: (job) => lookOfStatus(lastOf(job)?.status ?? 'queued'),
      rank: 1,
    },
    { head: 'WHEN', cell: (job) => whenOf(lastOf(job), now), style: () => 'dim', rank: 4 },
    {
      head: 'FAILURES',
      cell: ({ failuresInRow }) => (failuresInRow === 0 ? '' : `${failuresInRow} in a row`),
      style: () => 'red',
      rank: 2,
    },
    { head: 'MEANS', cell: wordsOf, style: () => 'dim', min: 16, rank: 6 },
    { head: 'NOTE', cell: ({ problem }) => problem ?? '', min: 14, rank: 3 },
  ]
  return table(columns, jobs, options)
}

function nextOf({ isEnabled, problem, nextRunAt }: CronJob, now: Date): string {
  if (!isEnabled) return 'disabled'
  if (problem !== null || nextRunAt === null) return 'never'
  const when = relativeTime(nextRunAt, now)
  return Date.parse(nextRunAt) > now.getTime() ? when : `due ${when}`
}

function lookOfNext({ isEnabled, problem }: CronJob) {
  if (!isEnabled) return 'dim'
  return problem === null ? undefined : 'red'
}

function statusOf(last: CronExecution | null, isScreen: boolean): string {
  if (last === null) return ''
  return isScreen ? markedStatus(last.status) : last.status
}

const whenOf = (last: CronExecution | null, now: Date) =>
  last === null ? '' : relativeTime(last.startedAt ?? last.scheduledFor ?? last.createdAt, now)

/** The zone has a column of its own. */
const wordsOf = ({ scheduleInWords, timeZone }: Row) => scheduleInWords?.replace(` (${timeZone})`, '') ?? ''
