import { describe, expect, it } from 'vitest'
import { endOfDay, startOfDay } from '../../../lib/faces/admin/parts/days.ts'

describe('a day by the reader’s clock', () => {
  it.each([
    ['UTC', '2026-11-22', '2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'],
    ['Asia/Tokyo', '2026-11-22', '2026-11-21T15:00:00.000Z', '2026-11-22T15:00:00.000Z'],
    // 23 and 25 hours long.
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['America/New_York', '2026-12-31', '2026-12-31T05:00:00.000Z', '2027-01-01T05:00:00.000Z'],
  ])('of %s, %s, begins and ends there', (zone, day, start, end) => {
    expect([startOfDay(zone, day), endOfDay(zone, day)]).toEqual([start, end])
  })

  it.each(['', 'today', '2026', '2026-13-01', '2026-11-22T10:00', '0000-01-01'])('is not %j', (day) => {
    expect([startOfDay('UTC', day), endOfDay('UTC', day)]).toEqual([undefined, undefined])
  })
})
