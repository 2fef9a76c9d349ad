import { CronExpressionParser } from 'cron-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSchedule } from '../../lib/run/schedule.ts'

const MINUTE = 60_000
const HOUR = 3_600_000

/** When a clock was changed, and how many minutes it was ahead of UTC before and behind that. */
const CHANGES: [zone: string, at: string, before: number, behind: number][] = [
  ['Europe/Berlin', '2026-03-29T01:00Z', 60, 120],
  ['Europe/Berlin', '2026-10-25T01:00Z', 120, 60],
  ['America/New_York', '2026-03-08T07:00Z', -300, -240],
  ['America/New_York', '2026-11-01T06:00Z', -240, -300],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z', 660, 630],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z', 630, 660],
  ['Antarctica/Troll', '2026-03-29T01:00Z', 0, 120],
  ['Antarctica/Troll', '2026-10-25T01:00Z', 120, 0],
  ['Africa/Cairo', '2026-04-23T22:00Z', 120, 180],
  ['Africa/Cairo', '2026-10-29T21:00Z', 180, 120],
  ['America/Sao_Paulo', '2018-11-04T03:00Z', -180, -120],
  ['America/Sao_Paulo', '2018-02-18T02:00Z', -120, -180],
  ['Pacific/Apia', '2011-12-30T10:00Z', -600, 840],
]

const minutes = fc.oneof(
  fc.integer({ min: 0, max: 59 }).map(String),
  fc.constantFrom('*/20', '*/15', '*/7', '0,20,40', '0', '30', '5-50/15', '15,45', '25-35'),
)
const hours = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map(String),
  fc.constantFrom(
    '*',
    '0-23',
    '*/2',
    '1-23/2',
    '*/3',
    '*/6',
    '*/12',
    '23',
    '0-5',
    '1,2,3',
    '2,14',
    '0,12',
    '22-23',
  ),
)

/** What the rules make of what the schedule says, which is known of a clock that is never changed. */
function byTheRules(schedule: string, at: number, before: number, behind: number): number[] {
  const isInterval = /[*/]|0-23/.test(schedule.replace(/ \* \* \*$/, ''))
  const walls = CronExpressionParser.parse(schedule, { tz: 'UTC', currentDate: new Date(at - 72 * HOUR) })
  const times: number[] = []
  for (let wall = 0; wall < at + 72 * HOUR; ) {
    wall = walls.next().getTime()
    const [old, young] = [wall - before, wall - behind]
    const shown = [...(old < at ? [old] : []), ...(young >= at ? [young] : [])]
    if (shown.length === 0) times.push(isInterval ? old : at)
    else times.push(...(isInterval ? shown : shown.slice(0, 1)))
  }
  return [...new Set(times)].sort((a, b) => a - b)
}

describe('when the clock is changed', () => {
  it.each(CHANGES)('in %s at %s, any schedule goes by the rules', (zone, change, before, behind) => {
    const at = Date.parse(change)
    const width = Math.abs(behind - before) * MINUTE + 4 * HOUR
    const [from, until] = [at - width, at + width]
    fc.assert(
      fc.property(minutes, hours, (minute, hour) => {
        const schedule = `${minute} ${hour} * * *`
        const times = parseSchedule(schedule, zone).between(
          new Date(from).toISOString(),
          new Date(until).toISOString(),
          1_000,
        )
        const expected = byTheRules(schedule, at, before * MINUTE, behind * MINUTE)
          .filter((time) => time > from && time <= until)
          .map((time) => new Date(time).toISOString())
        expect(times, schedule).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
})
