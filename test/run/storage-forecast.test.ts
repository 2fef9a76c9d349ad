import { describe, expect, it } from 'vitest'
import { forecastOf } from '../../lib/run/storage-forecast.ts'

const samples = (...bytes: number[]) =>
  bytes.map((held, n) => ({ day: `2026-11-${String(n + 1).padStart(2, '0')}`, bytes: held }))

describe('where storage is going', () => {
  it('is not known of fewer than three samples', () => {
    expect(forecastOf([], 1_000)).toBeNull()
    expect(forecastOf(samples(1, 2), 1_000)).toBeNull()
  })

  it('is the straight line through the samples, in whatever order they come', () => {
    const line = samples(100, 110, 120, 130)
    const forecast = { bytesPerDay: 10, days: 3, fullOn: '2026-11-11' }
    expect(forecastOf(line, 200)).toEqual(forecast)
    expect(forecastOf(line.toReversed(), 200)).toEqual(forecast)
  })

  it('is the nearest line, where samples leap', () => {
    expect(forecastOf(samples(0, 100, 0, 100, 200, 100), null)).toMatchObject({ bytesPerDay: 26 })
  })

  it('skips days of which there is no sample', () => {
    const some = [
      { day: '2026-11-01', bytes: 0 },
      { day: '2026-11-05', bytes: 40 },
      { day: '2026-11-11', bytes: 100 },
    ]
    expect(forecastOf(some, 120)).toEqual({ bytesPerDay: 10, days: 10, fullOn: '2026-11-13' })
  })

  it('has no day where storage shrinks, stays as it is, or grows too slowly to say', () => {
    expect(forecastOf(samples(30, 20, 10), 100)).toEqual({ bytesPerDay: -10, days: 2, fullOn: null })
    expect(forecastOf(samples(30, 30, 30), 100)?.fullOn).toBeNull()
    expect(forecastOf(samples(1, 2, 3), 1_000_000)?.fullOn).toBeNull()
    expect(forecastOf(samples(1, 2, 3), null)?.fullOn).toBeNull()
  })

  it('was on the last day, where there is that much already', () => {
    expect(forecastOf(samples(300, 200, 100), 100)?.fullOn).toBe('2026-11-03')
  })
})
