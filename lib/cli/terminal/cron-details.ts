import type { CronExecution, ExecutionStatus } from '../../run/cron-execution.ts'
import type { CronAction, CronJob, CronJobChanged } from '../../run/cron-job.ts'
import { executionTook, lateness, markedStatus, whatCameOf } from './execution-words.ts'
import { fitText } from './fit-text.ts'
import { plainLine } from './plain-text.ts'
import { relativeTime, spokenDuration, spokenInstant } from './spoken-time.ts'
import type { TableOptions } from './table.ts'
import type { Paint } from './terminal.ts'
import { toJson } from './to-json.ts'
import { zonedTime } from './zoned-time.ts'

interface Shown extends CronJob {
  scheduleInWords: string | null
  nextRuns: string[]
  history: CronJobChanged[]
  statistics: {
    since: string
    last: CronExecution | null
    byStatus: Partial<Record<ExecutionStatus, number>>
    averageDurationMs: number | null
    successRate: number | null
  }
}

type Fact = [name: string, text: string | null]
const MARGIN = 15

/** One cron job, a line for each thing that is known of it, and for each that a person has changed. */
export function cronDetails(job: Shown, { now, width, paint }: TableOptions & { now: Date }): string {
  const room = width === undefined ? Number.POSITIVE_INFINITY : Math.max(10, width - MARGIN)
  const facts = [...aboutIt(job), ...timesOf(job, now), ...rulesOf(job), ...cameOf(job, now)]
  const lines = [...facts, ...historyOf(job, now)]
    .filter((fact): fact is [string, string] => fact[1] !== null && fact[1] !== '')
    .map(([name, text]) => `  ${paint('dim', name.padEnd(MARGIN - 2))}${fitText(plainLine(text), room)}`)
  return [`${paint('bold', plainLine(job.name))}  ${stateOf(job, paint)}`, ...lines].join('\n')
}

function stateOf({ isEnabled, problem }: CronJob, paint: Paint): string {
  if (!isEnabled) return paint('yellow', 'disabled')
  return problem === null ? paint('green', 'enabled') : paint('red', 'does not run')
}

function aboutIt(job: Shown): Fact[] {
  return [
    ['problem', job.problem],
    ['id', job.id],
    ['description', job.description],
    ['schedule', job.schedule],
    ['means', job.scheduleInWords],
    ...doing(job.action),
    ['project', job.projectId],
  ]
}

function doing(action: CronAction): Fact[] {
  switch (action.type) {
    case 'builtin':
      return [['does', `${action.name}, a builtin`]]
    case 'http':
      return [
        ['does', `calls ${action.url}`],
        ['headers', Object.keys(action.headers).length === 0 ? null : toJson(action.headers)],
        ['body', action.body === null ? null : toJson(action.body)],
      ]
    case 'enqueue':
      return [
        ['does', `enqueues a run of ${action.kind}`],
        ['input', action.input === null ? null : toJson({ input: action.input }).slice(INPUT.length, -1)],
        ['attempts', action.maxAttempts > 1 ? `${action.maxAttempts} of each run` : null],
        [
          'run timeout',
          action.timeoutSeconds === null ? null : spokenDuration(action.timeoutSeconds * 1_000),
        ],
      ]
  }
}

/** The keys of an input have an order only there. */
const INPUT = '{"input":'

function timesOf({ nextRuns, timeZone, isEnabled, problem }: Shown, now: Date): Fact[] {
  if (!isEnabled) return [['next', 'not while it is disabled']]
  if (problem !== null) return [['next', 'not while it has that problem']]
  return nextRuns.map((at, n) => [
    n === 0 ? 'next' : '',
    `${relativeTime(at, now)}  (${thereAndHere(at, timeZone)})`,
  ])
}

function thereAndHere(at: string, timeZone: string): string {
  const there = timeZone === 'UTC' ? null : zonedTime(at, timeZone)
  return there === null ? spokenInstant(at) : `${there}, ${spokenInstant(at)}`
}

function rulesOf(job: CronJob): Fact[] {
  return [
    ['timeout', job.action.type === 'enqueue' ? null : spokenDuration(job.timeoutMs)],
    ['retries', job.maxRetries === 0 ? 'none' : String(job.maxRetries)],
    ['missed', MISSED[job.missedPolicy]],
    ['overlap', OVERLAP[job.overlapPolicy]],
  ]
}

const MISSED: Record<CronJob['missedPolicy'], string> = {
  once: 'once: the last one that was missed runs',
  skip: 'skip: what was missed is left out',
  all: 'all: the last ten that were missed run',
}
const OVERLAP: Record<CronJob['overlapPolicy'], string> = {
  skip: 'skip: left out while the one before is at work',
  queue: 'queue: waits for the one before',
  allow: 'allow: runs beside the one before',
}

function cameOf({ statistics: { last, ...rest }, failuresInRow }: Shown, now: Date): Fact[] {
  return [
    ['last', last === null ? 'it has not run yet' : lastOf(last, now)],
    ['', last === null ? null : whatCameOf(last)],
    ['failures', failuresInRow === 0 ? null : `${failuresInRow} in a row`],
    [`since ${rest.since.slice(5, 10)}`, countsOf(rest)],
  ]
}

function lastOf(last: CronExecution, now: Date): string {
  const when = relativeTime(last.startedAt ?? last.scheduledFor ?? last.createdAt, now)
  const late = lateness(last)
  const took = executionTook(last, now)
  return [`${markedStatus(last.status)} ${when}`, took && `took ${took}`, late && `${late} late`]
    .filter(Boolean)
    .join(', ')
}

function countsOf({ byStatus, averageDurationMs, successRate }: Omit<Shown['statistics'], 'last'>): string {
  const counts = Object.entries(byStatus).map(([status, count]) => `${count} ${status}`)
  const rate =
    successRate === null ? '' : `${(successRate * 100).toFixed(successRate % 1 === 0 ? 0 : 1)} % succeeded`
  const average = averageDurationMs === null ? '' : `${spokenDuration(averageDurationMs)} on average`
  return [...counts, rate, average].filter(Boolean).join(', ')
}

function historyOf(job: Shown, now: Date): Fact[] {
  const who = job.definition === null ? `by ${job.createdBy}` : 'by the program, whose own it is'
  const changed = job.history.flatMap(({ by, at, fields }) =>
    Object.entries(fields).map(
      ([field, { from, to }]): Fact => [
        'changed',
        `${relativeTime(at, now)} by ${by}: ${field} from ${wordOf(from)} to ${wordOf(to)}`,
      ],
    ),
  )
  return [['made', `${relativeTime(job.createdAt, now)} ${who}`], ...changed]
}

const wordOf = (value: unknown) => (typeof value === 'string' ? value : toJson(value))
