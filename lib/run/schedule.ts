import { refuse } from './schedule-refusal.ts'
import { readSchedule } from './schedule-text.ts'
import { timesAfter } from './schedule-times.ts'
import { readZone } from './schedule-zone.ts'

export { resolveSchedule } from './schedule-variables.ts'

/** Instants are ISO text. */
export interface Schedule {
  /** The first occurrence after this instant; null where there is none up to the year 9999. */
  next(after: string): string | null
  /** Occurrences after `after` up to and including `until`, oldest first, `limit` at most. */
  between(after: string, until: string, limit: number): string[]
  /** In words, with the zone: `At 02:00 (UTC)`. */
  words: string
}

/**
 * A schedule of 5 fields (minute, hour, day of the month, month, day of the week), of 6 (a second before them), or a name such as
 * `@daily`. Besides numbers, lists, ranges and steps, a day of the month may be `L`, `LW` or `15W`, a day of the week `5L` or
 * `MON#2`; where both days are given, either is enough. It follows the clock of an IANA time zone, and when that is changed:
 *
 * - Named seconds, minutes and hours (`30 2 * * *`, `0,30 1-4 * * *`) are fixed times. One that the clock skips comes once, at the next
 *   minute there is; one that it shows twice comes once, the first time.
 * - A star or a step among them, or all hours (`0-23`), makes it an interval (every 20 minutes, `0 1-23/2 * * *`), which goes by elapsed
 *   time. What the clock shows twice comes twice; what it skips comes as much later as the clock jumped.
 *
 * Throws `invalid` with the reason and an example, also for what never comes (31 February). The error never repeats the text, which
 * may be that of a variable. Source: the cron page; the two kinds are those of Debian's cron, which drops what an interval skips.
 */
export function parseSchedule(text: string, timeZone: string): Schedule {
  const offsetAt = readZone(timeZone)
  const { words, ...pattern } = readSchedule(text)
  const after = timesAfter(pattern, timeZone, offsetAt)
  const next = (instant: string) => after(new Date(instant))?.toISOString() ?? null
  if (next(LONG_AGO) === null) throw refuse('schedule', 'never comes: its months have no such day')
  return {
    next,
    between: (from, until, limit) => {
      const last = Date.parse(until)
      return collect(next, from, limit, (time) => Date.parse(time) <= last)
    },
    words: `${words} (${timeZone})`,
  }
}

/** The days of 400 years come again and again, so what comes at all comes after this. */
const LONG_AGO = '1970-01-01T00:00:00.000Z'

/** The first `count` occurrences after an instant, oldest first; fewer where there are no more. */
export function nextTimes({ next }: Pick<Schedule, 'next'>, after: string, count: number): string[] {
  return collect(next, after, count, () => true)
}

function collect(
  next: Schedule['next'],
  after: string,
  limit: number,
  isWanted: (time: string) => boolean,
): string[] {
  const times: string[] = []
  for (let time = next(after); times.length < limit && time !== null && isWanted(time); time = next(time))
    times.push(time)
  return times
}
