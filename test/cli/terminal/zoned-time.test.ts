import { describe, expect, it } from 'vitest'
import { zonedInstant, zonedTime } from '../../../lib/cli/terminal/zoned-time.ts'

describe('an instant by the clock of a zone', () => {
  it.each([
    ['2026-11-22T01:00:00.000Z', 'Europe/Berlin', '2026-11-22T02:00:00+01:00'],
    // The hour that comes twice is told apart by its offset.
    ['2026-10-25T00:30:00.000Z', 'Europe/Berlin', '2026-10-25T02:30:00+02:00'],
    ['2026-10-25T01:30:00.000Z', 'Europe/Berlin', '2026-10-25T02:30:00+01:00'],
    ['2026-01-01T00:00:00.000Z', 'America/New_York', '2025-12-31T19:00:00-05:00'],
    ['2026-01-01T00:00:00.000Z', 'Asia/Kolkata', '2026-01-01T05:30:00+05:30'],
    ['2026-01-01T00:00:00.000Z', 'UTC', '2026-01-01T00:00:00+00:00'],
    ['2026-07-01T23:00:00.000Z', 'Europe/London', '2026-07-02T00:00:00+01:00'],
  ])('%s in %s is %s', (instant, zone, expected) => {
    expect(zonedInstant(instant, zone)).toBe(expected)
    expect(new Date(expected).toISOString()).toBe(instant)
  })

  it('has the day of the week for people', () => {
    expect(zonedTime('2026-11-22T23:30:00.000Z', 'Asia/Kolkata')).toBe('Mon 2026-11-23 05:00:00 +05:30')
  })

  it('is not known where the zone is not', () => {
    for (const _ of ['once', 'again'])
      expect(zonedInstant('2026-11-22T01:00:00.000Z', 'Mars/Base')).toBeNull()
    expect(zonedTime('2026-11-22T01:00:00.000Z', 'Mars/Base')).toBeNull()
  })
})
