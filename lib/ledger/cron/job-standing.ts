import type { Context } from '../../ports/context.ts'
import { type CronJob, DELETING } from '../../run/cron-job.ts'
import { attempt, isLedgerError } from '../../run/errors.ts'
import { parseSchedule, resolveSchedule, type Schedule } from '../../run/schedule.ts'

type Written = Pick<CronJob, 'schedule' | 'timeZone'>
export type ReadSchedule = { schedule: Schedule; problem: null } | { schedule: null; problem: string }

/**
 * What a schedule says now. Throws `invalid` where it is wrong as it is written; what a variable is to blame for is a problem,
 * in words that do not repeat what it holds.
 */
export function readSchedule({ variables }: Context, { schedule: text, timeZone }: Written): ReadSchedule {
  const resolved = resolveSchedule(text, variables)
  if (!('problem' in resolved) && resolved.schedule === text)
    return { schedule: parsed(text, timeZone), problem: null }
  // For the zone alone.
  parsed(ANY_SCHEDULE, timeZone)
  if ('problem' in resolved) return { schedule: null, problem: resolved.problem }
  const schedule = attempt(() => parsed(resolved.schedule, timeZone))
  if (!isLedgerError(schedule)) return { schedule, problem: null }
  return {
    schedule: null,
    problem: `what ${text} stands for is not a schedule; correct the variable and reload`,
  }
}

const ANY_SCHEDULE = '0 0 * * *'

const MOST_PARSED = 1_000
const alreadyParsed = new Map<string, Schedule>()

/** To parse one takes milliseconds, and the same ones are asked for at every tick. */
function parsed(text: string, timeZone: string): Schedule {
  const key = `${timeZone} ${text}`
  const schedule = alreadyParsed.get(key) ?? parseSchedule(text, timeZone)
  if (alreadyParsed.size >= MOST_PARSED) alreadyParsed.clear()
  alreadyParsed.set(key, schedule)
  return schedule
}

/** The same of a job that is kept: whatever is wrong with it is a problem. */
export function readKept(ctx: Context, job: Written): ReadSchedule {
  const read = attempt(() => readSchedule(ctx, job))
  return isLedgerError(read) ? { schedule: null, problem: read.message } : read
}

/** When a job runs next, or why it does not. Throws `invalid` for a schedule that is wrong as it is written. */
export function standingOf(
  ctx: Context,
  job: Written & Pick<CronJob, 'isEnabled'>,
  at: string,
): Pick<CronJob, 'problem' | 'nextRunAt'> {
  const { schedule, problem } = readSchedule(ctx, job)
  if (problem !== null || !job.isEnabled) return { problem, nextRunAt: null }
  const nextRunAt = schedule.next(at)
  return { problem: nextRunAt === null ? NO_MORE : null, nextRunAt }
}

/** Said of a job of the program's own that it does not have any more. */
export const RETIRED = 'the program has no such job any more'

/** Said of a job whose schedule has come to its end. */
export const NO_MORE = 'its schedule has no further time'

/** Whether nobody expects it to run: it is disabled, or the program has no such job any more. */
export const isStopped = ({ isEnabled, problem }: Pick<CronJob, 'isEnabled' | 'problem'>): boolean =>
  !isEnabled || problem === RETIRED || problem === DELETING
