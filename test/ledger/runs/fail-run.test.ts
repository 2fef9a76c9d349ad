import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import {
  claimed,
  eventTypes,
  lastEvent,
  makeDue,
  ROUNDING_MS,
  refusal,
  stored,
  waitOf,
  working,
} from '../steps.ts'

describe.each(ENGINES)('fail on $name', (engine) => {
  const at = useLedger(engine)

  it('ends a run without attempts left', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const { run, replayed } = await failRun(tenant.worker, { leaseToken, error: 'no luck', exitCode: 3 })
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      state: 'failed',
      error: 'no luck',
      errorCode: 'error',
      exitCode: 3,
      attempt: 1,
      leaseExpiresAt: null,
      claimedBy: 'worker-1',
    })
    expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', 'run.failed'])
    expect(await lastEvent(ledger, id, 'run.failed')).toMatchObject({
      actor: 'worker',
      data: { fence: 1, attempt: 1, error: 'no luck', exitCode: 3 },
    })
  })

  it('puts a run with attempts left back, after a wait that doubles, until there are none', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, ...first } = await working(tenant, { maxAttempts: 3 })
    let { leaseToken } = first
    for (const wait of [1_000, 2_000]) {
      const { run } = await failRun(tenant.worker, { leaseToken, error: `waits ${wait}`, exitCode: 1 })
      expect(run).toMatchObject({
        state: 'queued',
        error: `waits ${wait}`,
        errorCode: 'error',
        exitCode: 1,
        startedAt: null,
        claimedBy: null,
        leaseExpiresAt: null,
      })
      expect(waitOf(run)).toBeGreaterThanOrEqual(wait / 2 - ROUNDING_MS)
      expect(waitOf(run)).toBeLessThanOrEqual(wait + ROUNDING_MS)
      const { delayMs } = (await lastEvent(ledger, id, 'run.retried')).data
      expect(Math.abs(Number(delayMs) - waitOf(run))).toBeLessThanOrEqual(ROUNDING_MS)
      expect(await claimRuns(tenant.worker, { workerId: 'too soon' })).toEqual([])
      await makeDue(ledger, id)
      leaseToken = (await claimed(tenant.worker)).leaseToken
    }
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'the last' })
    expect(run).toMatchObject({ state: 'failed', attempt: 3, fence: 3, error: 'the last' })
    expect(await eventTypes(ledger, id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.retried',
      'run.started',
      'run.retried',
      'run.started',
      'run.failed',
    ])
  })

  it('is forgotten when a later attempt succeeds', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
    await failRun(tenant.worker, { leaseToken, error: 'no luck', exitCode: 1 })
    await makeDue(ledger, id)
    const next = await claimed(tenant.worker)
    const { run } = await succeedRun(tenant.worker, { leaseToken: next.leaseToken })
    expect(run).toMatchObject({
      state: 'succeeded',
      error: null,
      errorCode: null,
      exitCode: null,
      attempt: 2,
    })
  })

  it('ends a run for good when another attempt makes no sense', async () => {
    const tenant = at().tenant()
    const { leaseToken } = await working(tenant, { maxAttempts: 5 })
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'no such file', retryable: false })
    expect(run).toMatchObject({ state: 'failed', attempt: 1, errorCode: 'error' })
  })

  it('of a released run costs no attempt and waits for nothing, also on its last attempt', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 1 })
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'released', retryable: true })
    expect(run).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    expect(waitOf(run)).toBeLessThanOrEqual(0)
    const next = await claimed(tenant.worker)
    expect(next.run).toMatchObject({ id, attempt: 1, fence: 2 })
    expect(await eventTypes(ledger, id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.retried',
      'run.started',
    ])
  })

  it('by the word released alone is no release when no other attempt is wanted', async () => {
    const tenant = at().tenant()
    const { leaseToken } = await working(tenant, { maxAttempts: 3 })
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'released', retryable: false })
    expect(run).toMatchObject({ state: 'failed', errorCode: 'error', attempt: 1 })
  })

  it.each([
    ['a failure', { error: 'stopped' }],
    ['a failure that makes no other attempt', { error: 'stopped', retryable: false }],
    ['a release', { error: 'released', retryable: true }],
  ])('is canceled when a cancel was asked for: %s', async (_, report) => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 5 })
    await cancelRun(tenant.person, { id })
    const { run } = await failRun(tenant.worker, { leaseToken, ...report })
    expect(run).toMatchObject({ state: 'canceled', errorCode: 'canceled', error: report.error, attempt: 1 })
    expect(run.finishedAt).not.toBeNull()
    expect(await eventTypes(ledger, id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.cancel_requested',
      'run.canceled',
    ])
  })

  it('keeps 16 KB of the error, head and tail, without what no database keeps', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const error = `head\u0000 ${'é😀'.repeat(20_000)} \uD83Dtail`
    await failRun(tenant.worker, { leaseToken, error })
    const kept = (await stored(ledger, id)).error ?? ''
    expect(new TextEncoder().encode(kept).length).toBeLessThanOrEqual(16_384)
    expect(kept.startsWith('head\uFFFD é😀')).toBe(true)
    expect(kept.endsWith('é😀 \uFFFDtail')).toBe(true)
    expect(kept).toContain('bytes left out')
    const { data } = await lastEvent(ledger, id, 'run.failed')
    expect(new TextEncoder().encode(String(data.error)).length).toBeLessThanOrEqual(1_000)
  })

  it('keeps the end it is told where it ends the run', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await ledger.shift([id], 'startedAt', -100)
    const finishedAt = new Date(Date.parse((await stored(ledger, id)).startedAt ?? '') + 5_000).toISOString()
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'no luck', finishedAt })
    expect(run).toMatchObject({ finishedAt, durationMs: 5_000 })
  })

  it('needs an error', async () => {
    const tenant = at().tenant()
    const { leaseToken } = await working(tenant)
    for (const error of ['', undefined, 42])
      expect(await refusal(failRun(tenant.worker, { leaseToken, error } as never))).toMatchObject({
        code: 'invalid',
        issues: [{ path: 'error' }],
      })
  })
})
