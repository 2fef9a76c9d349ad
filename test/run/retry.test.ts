import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKOFF, retryDelayMs } from '../../lib/run/retry.ts'

const HOUR_MS = 3_600_000
const attempts = fc.integer({ min: 1, max: 200 })
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const full = (attempt: number) => retryDelayMs(attempt, 0)

describe('the wait before the next attempt', () => {
  it('begins at 1 s, doubles, and ends at 1 h', () => {
    expect([1, 2, 3, 4, 12, 13, 14].map(full)).toEqual([
      1_000,
      2_000,
      4_000,
      8_000,
      2_048_000,
      HOUR_MS,
      HOUR_MS,
    ])
    expect(BACKOFF).toEqual({ baseMs: 1_000, maxMs: HOUR_MS })
  })

  it('is between half of that and all of it', () => {
    fc.assert(
      fc.property(attempts, randoms, (attempt, random) => {
        const delay = retryDelayMs(attempt, random)
        expect(delay).toBeGreaterThanOrEqual(full(attempt) / 2)
        expect(delay).toBeLessThanOrEqual(full(attempt))
      }),
    )
  })

  it('never shrinks with the attempts, nor passes the hour', () => {
    fc.assert(
      fc.property(attempts, randoms, (attempt, random) => {
        expect(retryDelayMs(attempt + 1, random)).toBeGreaterThanOrEqual(retryDelayMs(attempt, random))
        expect(retryDelayMs(attempt, random)).toBeLessThanOrEqual(HOUR_MS)
      }),
    )
  })

  it('spreads a crowd that failed together', () => {
    const waits = Array.from({ length: 100 }, (_, n) => retryDelayMs(10, n / 100))
    expect(new Set(waits).size).toBe(100)
  })

  it('is a whole number of milliseconds after any number of attempts', () => {
    for (const attempt of [1, 53, 54, 1_024, 1_075, 1e9, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE])
      for (const random of [0, 0.3, 0.999_999_999])
        expect(Number.isInteger(retryDelayMs(attempt, random)), `${attempt}`).toBe(true)
    expect(full(Number.MAX_VALUE)).toBe(HOUR_MS)
  })
})
