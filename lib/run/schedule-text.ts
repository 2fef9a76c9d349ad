import { Cron } from 'croner'
import cronstrue from 'cronstrue'
import type { LedgerError } from './errors.ts'
import { toFields } from './schedule-fields.ts'
import { refuse } from './schedule-refusal.ts'

/** A schedule that is right, as the library takes it. */
export interface Pattern {
  pattern: string
  /** Whether it goes by elapsed time, and is not one of fixed times. */
  isInterval: boolean
}

/** What a schedule says, also in words. Throws `invalid` with the first thing that is wrong. */
export function readSchedule(text: string): Pattern & { words: string } {
  const fields = toFields(text)
  const words = toWords(fields)
  if (words === null) throw refusalOf(fields)
  const isEveryHour = namesEveryHour(fields)
  return {
    pattern: (isEveryHour ? fields.with(2, '*') : fields).join(' '),
    isInterval: isEveryHour || fields.slice(0, 3).some((field) => /[*/]/.test(field)),
    words,
  }
}

/** Null unless both libraries read it, and alike: a star in a list is every one to the first, and nothing to the second. */
function toWords(fields: string[]): string | null {
  if (fields.some((field) => field.includes(',') && field.split(',').includes('*'))) return null
  try {
    const pattern = fields.join(' ')
    clockless(pattern)
    return cronstrue.toString(pattern, { use24HourTimeFormat: true })
  } catch {
    return null
  }
}

/** The library on a clock that is never changed. Throws for a pattern that it cannot read. */
export function clockless(pattern: string): Cron {
  return new Cron(pattern, { utcOffset: 0, paused: true, mode: '5-or-6-parts' })
}

/** Whether the hour is a list or a range of all 24: that names no time of the day, no more than a star does. */
function namesEveryHour([, , hour = '']: string[]): boolean {
  if (!/[,-]/.test(hour)) return false
  const hours = clockless(`0 ${hour} * * *`).nextRuns(24, new Date(-1))
  return hours.at(-1)?.getTime() === 23 * 3_600_000
}

const LISTS = 'lists (1,5), ranges that go up (1-5), steps (*/5, 1-9/2) and * for each'
const FIELDS = [
  `second cannot be read: that takes 0 to 59, ${LISTS}`,
  `minute cannot be read: that takes 0 to 59, ${LISTS}`,
  `hour cannot be read: that takes 0 to 23, ${LISTS}`,
  `day of the month cannot be read: that takes 1 to 31, ${LISTS}, L for the last, LW for the last weekday, 15W for the weekday nearest the 15th`,
  `month cannot be read: that takes 1 to 12 or JAN to DEC, ${LISTS}`,
  `day of the week cannot be read: that takes 0 to 7 or SUN to SAT (0 and 7 are Sunday), ${LISTS}, 5L for the last Friday of the month, MON#2 for its second Monday`,
]

/** Which field is to blame: the first that is wrong also where every other is a star. */
function refusalOf(fields: string[]): LedgerError {
  const stars = fields.map(() => '*')
  const wrong = fields.findIndex((field, n) => toWords(stars.with(n, field)) === null)
  return refuse('schedule', `its ${FIELDS[wrong] ?? 'fields cannot be read together'}`)
}
