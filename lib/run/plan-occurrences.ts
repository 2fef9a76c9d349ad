import type { MissedPolicy } from './cron-job.ts'

/** What an occurrence becomes, as far as its time decides; whether the one before is still at work is asked when it is fired. */
export interface Planned {
  scheduledFor: string
  status: 'queued' | 'missed' | 'skipped'
  reason: string | null
  /** How long after its time this is. */
  lateMs: number
}

export interface OccurrencePlan {
  /** Oldest first; none where nothing is due. */
  occurrences: Planned[]
  /** Still in the past where there was more than one plan holds: then there is another to make. */
  nextRunAt: string | null
}

interface Given {
  nextRunAt: string
  missedPolicy: MissedPolicy
  at: string
  /** A time later than this is a missed one. */
  missedAfterMs: number
  /** Why none of them may run. */
  held?: string | undefined
}

/** What is asked of a schedule. */
interface Times {
  next(after: string): string | null
  between(after: string, until: string, limit: number): string[]
}

/** Occurrences that one plan accounts for, besides those that may still run. */
const MOST = 1_000
/** Of those that were missed, with `all`. */
const BACKLOG = 10

/**
 * Accounts for every occurrence of a job that is outstanding at an instant: the one at `nextRunAt` and those since. Which of them
 * run is the missed policy's to say; all others are `missed` with the reason. Bounded: a year's backlog is many plans.
 */
export function planOccurrences(schedule: Times, given: Given): OccurrencePlan {
  const { nextRunAt, at } = given
  if (nextRunAt > at) return { occurrences: [], nextRunAt }
  const due = [nextRunAt, ...schedule.between(nextRunAt, at, MOST + BACKLOG)]
  if (due.length > MOST + BACKLOG) {
    const first = due.slice(0, MOST)
    return { occurrences: toPlanned(first, 0, given), nextRunAt: due[MOST] ?? null }
  }
  return { occurrences: toPlanned(due, mayRun(due, given), given), nextRunAt: schedule.next(at) }
}

/** How many of the last ones may run. */
function mayRun(due: string[], { missedPolicy, at, missedAfterMs }: Given): number {
  if (missedPolicy === 'all') return BACKLOG
  const isLate = msBetween(due.at(-1) ?? at, at) > missedAfterMs
  return missedPolicy === 'skip' && isLate ? 0 : 1
}

function toPlanned(due: string[], runs: number, given: Given): Planned[] {
  const { at, held, missedAfterMs } = given
  return due.map((scheduledFor, n) => {
    const lateMs = msBetween(scheduledFor, at)
    if (held !== undefined) return { scheduledFor, status: 'skipped', reason: held, lateMs }
    if (n < due.length - runs)
      return { scheduledFor, status: 'missed', reason: whyMissed(given, runs), lateMs }
    const reason = lateMs > missedAfterMs ? `late: nothing ticked between its time and ${at}` : null
    return { scheduledFor, status: 'queued', reason, lateMs }
  })
}

function whyMissed({ at, missedPolicy }: Given, runs: number): string {
  const seen = `nothing ticked between its time and ${at}`
  if (missedPolicy === 'skip') return `${seen}, and the job skips what it misses`
  if (missedPolicy === 'all') return `${seen}; the last ${BACKLOG} of those that were missed run`
  return runs === 0 ? `${seen}; only the last one runs` : `${seen}; a later one runs in its place`
}

const msBetween = (from: string, to: string) => Date.parse(to) - Date.parse(from)
