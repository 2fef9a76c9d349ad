import { CronExpressionParser } from 'cron-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextTimes, parseSchedule } from '../../lib/run/schedule.ts'

/** Months in which no clock of these zones is changed. */
const MONTHS = [
  ['2026-06', '2026-07'],
  ['2028-02', '2028-03'],
]
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Pacific/Marquesas',
]
const SCHEDULES = [
  '* * * * *',
  '*/20 * * * *',
  '*/7 * * * *',
  '0 * * * *',
  '15,45 * * * *',
  '0 */2 * * *',
  '30 1-23/2 * * *',
  '0 0-23 * * *',
  '5-59/13 8-18 * * MON-FRI',
  '0 2 * * *',
  '30 2,14 * * *',
  '59 23 * * *',
  '0 0 * * *',
  '0 0 1 * *',
  '0 0 15,31 * *',
  '0 0 L * *',
  '0 0 29 * *',
  '0 0 * * SUN',
  '0 0 * * 7',
  '0 0 * * 0,6',
  '0 0 * * 5-7',
  '0 0 * * MON#1',
  '0 0 * * 5#4',
  '0 0 * * 5L',
  '0 0 13 * FRI',
  '0 0 1,15 * 3',
  '0 12 */5 * *',
  '0 0 1 JAN,JUN *',
  '0 6 2-8 1-6 *',
  '0 0 ? * TUE',
  '30 0 2 * * *',
  '*/15 30 4 * * *',
  '0,30 */10 9-17 * * 1-5',
  '@hourly',
  '@daily',
  '@weekly',
  '@monthly',
  '@yearly',
]
/** Those of every minute are enough before the month is over. */
const MOST = 150

/** What another library says of it. */
function peers(schedule: string, tz: string, from: string, until: string): string[] {
  const times = CronExpressionParser.parse(schedule, { tz, currentDate: from })
  const found: string[] = []
  for (let time = times.next().toISOString(); time !== null && time <= until && found.length < MOST; ) {
    found.push(time)
    time = times.next().toISOString()
  }
  return found
}

describe.each(MONTHS)('from the 1st of %s to that of %s another library agrees', (month, nextMonth) => {
  const from = `${month}-01T00:00:00.000Z`
  const until = `${nextMonth}-01T00:00:00.000Z`

  it.each(SCHEDULES)('on %s', (schedule) => {
    for (const zone of ZONES) {
      const times = parseSchedule(schedule, zone).between(from, until, MOST)
      expect(times, zone).toEqual(peers(schedule, zone, from, until))
    }
  })
})

describe('another library agrees', () => {
  const field = (min: number, max: number, ...more: string[]) => {
    const value = fc.integer({ min, max })
    return fc.oneof(
      fc.constantFrom('*', ...more),
      value.map(String),
      fc.integer({ min: 1, max: max - min }).map((step) => `*/${step}`),
      fc.tuple(value, value).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.uniqueArray(value, { minLength: 2, maxLength: 4 }).map((values) => values.join(',')),
      fc
        .tuple(value, value, fc.integer({ min: 1, max: 5 }))
        .map(([a, b, step]) => `${Math.min(a, b)}-${Math.max(a, b)}/${step}`),
    )
  }
  const schedules = fc
    .tuple(
      field(0, 59),
      field(0, 23),
      field(1, 28, 'L'),
      field(1, 12, 'FEB', 'JUL-SEP'),
      field(0, 6, 'TUE', '5L', '3#2'),
    )
    .map((fields) => fields.join(' '))

  it('on any schedule', () => {
    fc.assert(
      fc.property(schedules, (schedule) => {
        const peer = CronExpressionParser.parse(schedule, {
          tz: 'Asia/Kolkata',
          currentDate: '2026-01-31T12:34:56.789Z',
        })
        const expected = peer.take(20).map((time) => time.toISOString())
        expect(
          nextTimes(parseSchedule(schedule, 'Asia/Kolkata'), '2026-01-31T12:34:56.789Z', 20),
          schedule,
        ).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
})
