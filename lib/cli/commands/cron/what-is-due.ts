import type { Verbs } from '../../../client/verbs.ts'
import type { CommandDependencies } from '../../outside.ts'
import type { Due } from '../../terminal/due-table.ts'
import { plainLine } from '../../terminal/plain-text.ts'
import { collectPages } from '../../terminal/print-pages.ts'
import { zonedInstant } from '../../terminal/zoned-time.ts'
import { cronJobPages, type ShownCronJob } from './pages.ts'

export interface DueOptions {
  /** Undefined, as `schedule`: all jobs. */
  job?: string | undefined
  schedule?: string | undefined
  timeZone?: string | undefined
  count: number
}

/** When a job, a schedule, or all jobs are due, soonest first, and what a person should know besides. */
export function whatIsDue(
  verbs: Verbs,
  { job, schedule, timeZone = 'UTC', count }: DueOptions,
  deps: CommandDependencies,
): Promise<Outlook> {
  if (schedule !== undefined) return ofSchedule(verbs, { schedule, timeZone, count })
  return job === undefined ? ofAll(verbs, count, deps) : ofJob(verbs, job, count, deps)
}

interface Outlook {
  head: string[]
  times: Due[]
}

async function ofSchedule(
  verbs: Verbs,
  asked: { schedule: string; timeZone: string; count: number },
): Promise<Outlook> {
  const { words, nextRuns } = await verbs.validateSchedule(asked)
  return { head: [words], times: toDue(nextRuns, { job: null, timeZone: asked.timeZone }) }
}

async function ofJob(
  verbs: Verbs,
  name: string,
  count: number,
  { terminal: { paint } }: CommandDependencies,
): Promise<Outlook> {
  const job = await verbs.getCronJob({ job: name })
  const head = `${paint('bold', plainLine(job.name))}  ${plainLine(job.scheduleInWords ?? job.schedule)}`
  if (job.problem !== null)
    return { head: [head, paint('red', `It does not run: ${plainLine(job.problem)}`)], times: [] }
  const note = job.isEnabled ? [] : [paint('yellow', 'It is disabled. Enabled, it would be due:')]
  return { head: [head, ...note], times: toDue(await timesOf(verbs, job, count), namesOf(job)) }
}

/** Of each job five times are known; of one that is due more often within what is asked for, more are asked for. */
async function ofAll(verbs: Verbs, count: number, { terminal }: CommandDependencies): Promise<Outlook> {
  const jobs = (await collectPages(cronJobPages(verbs), terminal)).filter(
    ({ nextRuns }) => nextRuns.length > 0,
  )
  const first = jobs.flatMap((job) => toDue(job.nextRuns, namesOf(job)))
  const last = soonest(first, count).at(count - 1)?.at
  const all: Due[] = []
  for (const job of jobs) {
    const isEnough = last !== undefined && (job.nextRuns.at(-1) ?? '') >= last
    all.push(...toDue(isEnough ? job.nextRuns : await timesOf(verbs, job, count), namesOf(job)))
  }
  const head = all.length === 0 ? ['No cron job is due.'] : []
  return { head, times: soonest(all, count) }
}

const KNOWN = 5

async function timesOf(verbs: Verbs, job: ShownCronJob, count: number): Promise<string[]> {
  const { schedule, timeZone, nextRuns, isEnabled } = job
  const isAll = isEnabled && nextRuns.length < KNOWN
  if (isAll || nextRuns.length >= count) return nextRuns.slice(0, count)
  const more = await verbs.validateSchedule({ schedule, timeZone, count })
  // One that is due already is not among those to come.
  return [...new Set([...nextRuns, ...more.nextRuns])].sort().slice(0, count)
}

const namesOf = ({ name, timeZone }: ShownCronJob) => ({ job: name, timeZone })

function toDue(times: string[], { job, timeZone }: Pick<Due, 'job' | 'timeZone'>): Due[] {
  return times.map((at) => ({ at, localTime: zonedInstant(at, timeZone), timeZone, job }))
}

const soonest = (times: Due[], count: number) =>
  times.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at))).slice(0, count)
