import { describe, expect, it } from 'vitest'
import { staleError } from '../../lib/run/stale.ts'

describe('what is said of a stale run', () => {
  it.each([
    [259_200, '3 day'],
    [432_000, '5 day'],
    [86_400, '1 day'],
    [129_600, '36 hour'],
    [3_600, '1 hour'],
    [5_400, '90 minute'],
    [60, '1 minute'],
    [61, '61 second'],
  ])('after %i seconds names %s, the largest unit that is whole', (seconds, words) => {
    expect(staleError(seconds)).toBe(`Script marked as failed - exceeded ${words} timeout`)
  })
})
