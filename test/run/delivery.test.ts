import { describe, expect, it } from 'vitest'
import { deliveryDelayMs } from '../../lib/run/delivery.ts'

describe('a delivery that did not get through', () => {
  it('waits three times as long each time, up to four hours', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((attempts) => deliveryDelayMs(attempts) / 1_000)
    expect(waits).toEqual([5, 15, 45, 135, 405, 1_215, 3_645, 10_935, 14_400, 14_400, 14_400])
    expect(deliveryDelayMs(1_000_000)).toBe(14_400_000)
  })
})
