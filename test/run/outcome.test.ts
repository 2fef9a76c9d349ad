import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideOutcome, type Leaving } from '../../lib/run/outcome.ts'
import { ErrorCodeOfRun } from '../../lib/run/run.ts'

const ASKED = '2026-11-21T10:30:00.000Z'
const leaving = (attempt: number, maxAttempts: number, cancelRequestedAt: string | null = null): Leaving => ({
  attempt,
  maxAttempts,
  cancelRequestedAt,
  origin: 'enqueued',
})

describe('what becomes of an attempt that did not succeed', () => {
  it.each([
    // attempt, of, cancel asked, error, retryable -> state, attempt, errorCode, event
    [1, 3, null, 'error', true, 'queued', 1, 'error', 'run.retried'],
    [2, 3, null, 'error', true, 'queued', 2, 'error', 'run.retried'],
    [3, 3, null, 'error', true, 'failed', 3, 'error', 'run.failed'],
    [1, 1, null, 'error', true, 'failed', 1, 'error', 'run.failed'],
    [1, 3, null, 'error', false, 'failed', 1, 'error', 'run.failed'],
    [1, 2, null, 'lost', true, 'queued', 1, 'lost', 'run.retried'],
    [2, 2, null, 'lost', true, 'failed', 2, 'lost', 'run.failed'],
    [1, 2, null, 'timeout', true, 'queued', 1, 'timeout', 'run.retried'],
    [2, 2, null, 'timeout', true, 'failed', 2, 'timeout', 'run.failed'],
    [1, 1, null, 'released', true, 'queued', 0, 'released', 'run.retried'],
    [3, 3, null, 'released', true, 'queued', 2, 'released', 'run.retried'],
    [1, 3, ASKED, 'error', true, 'canceled', 1, 'canceled', 'run.canceled'],
    [1, 3, ASKED, 'error', false, 'canceled', 1, 'canceled', 'run.canceled'],
    [1, 3, ASKED, 'lost', true, 'canceled', 1, 'canceled', 'run.canceled'],
    [1, 3, ASKED, 'timeout', true, 'canceled', 1, 'canceled', 'run.canceled'],
    [1, 3, ASKED, 'released', true, 'canceled', 1, 'canceled', 'run.canceled'],
  ] as const)('attempt %i of %i, cancel asked %s, %s, retryable %s: %s', (...row) => {
    const [made, max, cancel, errorCode, retryable, state, attempt, code, event] = row
    const outcome = decideOutcome(leaving(made, max, cancel), { errorCode, retryable }, 0.5)
    expect(outcome).toMatchObject({ state, attempt, errorCode: code, event })
  })

  it.each(ErrorCodeOfRun.options)('has failed for good where it was born running (%s)', (errorCode) => {
    const run = { ...leaving(1, 9), origin: 'started' } as const
    expect(decideOutcome(run, { errorCode, retryable: true }, 0.5)).toEqual({
      state: 'failed',
      attempt: 1,
      errorCode,
      delayMs: 0,
      event: 'run.failed',
    })
  })

  it('waits its backoff where it is tried again', () => {
    const report = { errorCode: 'error', retryable: true } as const
    expect(decideOutcome(leaving(3, 9), report, 0).delayMs).toBe(4_000)
    expect(decideOutcome(leaving(3, 9), report, 0.5).delayMs).toBe(3_000)
  })

  it('waits for nothing where it was released', () => {
    const report = { errorCode: 'released', retryable: true } as const
    expect(decideOutcome(leaving(3, 9), report, 0).delayMs).toBe(0)
  })

  it('is never the queue once a cancel was asked for, and never another attempt than there was', () => {
    const runs = fc.record({
      attempt: fc.integer({ min: 1, max: 100 }),
      maxAttempts: fc.integer({ min: 1, max: 100 }),
      cancelRequestedAt: fc.constantFrom(null, ASKED),
      origin: fc.constant('enqueued' as const),
    })
    const reports = fc.record({
      errorCode: fc.constantFrom(...ErrorCodeOfRun.options),
      retryable: fc.boolean(),
    })
    fc.assert(
      fc.property(runs, reports, fc.double({ min: 0, max: 0.999, noNaN: true }), (run, report, random) => {
        const outcome = decideOutcome(run, report, random)
        if (run.cancelRequestedAt !== null) expect(outcome.state).toBe('canceled')
        if (outcome.state !== 'queued') expect(outcome.delayMs).toBe(0)
        if (outcome.state === 'queued' && report.errorCode !== 'released')
          expect(run.attempt).toBeLessThan(run.maxAttempts)
        expect(outcome.attempt).toBe(
          report.errorCode === 'released' && run.cancelRequestedAt === null ? run.attempt - 1 : run.attempt,
        )
      }),
    )
  })
})
