import { expect, it } from 'vitest'
import { cronRetryDelayMs } from '../../lib/run/cron-retry.ts'

it('a retry of a cron job waits 1 s, 2 s, 4 s … up to 30 s', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 100].map(cronRetryDelayMs)).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ])
})
