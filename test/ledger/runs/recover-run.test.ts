import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { ENGINES, type Tenant, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { claimed, eventTypes, lastEvent, refusal, stored, wholeOf, working } from '../steps.ts'

/** A run that failed because its lease ran out, and the token of who held it. */
async function lost(ledger: TestLedger, tenant: Tenant): Promise<{ id: string; leaseToken: string }> {
  const { id, leaseToken } = await working(tenant)
  await ledger.shift([id], 'leaseExpiresAt', -100)
  await sweepLost(ledger.as())
  expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
  return { id, leaseToken }
}

describe.each(ENGINES)('a lost run on $name', (engine) => {
  const at = useLedger(engine)

  it('may still be told of by its holder as a success', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await lost(ledger, tenant)
    await ledger.shift([id], 'startedAt', -600)
    const finishedAt = new Date(Date.parse((await stored(ledger, id)).startedAt ?? '') + 30_000).toISOString()
    const report = { leaseToken, outputRef: 'out', exitCode: 0, finishedAt }
    const { run, replayed } = await succeedRun(tenant.worker, report)
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      state: 'succeeded',
      error: null,
      errorCode: null,
      outputRef: 'out',
      exitCode: 0,
      progress: 100,
      finishedAt,
      durationMs: 30_000,
    })
    expect(await eventTypes(ledger, id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.lost',
      'run.failed',
      'run.recovered',
      'run.succeeded',
    ])
    expect(await lastEvent(ledger, id, 'run.recovered')).toMatchObject({
      actor: 'worker',
      data: { fence: 1 },
    })
  })

  it('may still be told of by its holder as a failure of its own', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await lost(ledger, tenant)
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'no luck', exitCode: 3 })
    expect(run).toMatchObject({ state: 'failed', error: 'no luck', errorCode: 'error', exitCode: 3 })
    expect((await eventTypes(ledger, id)).slice(-2)).toEqual(['run.recovered', 'run.failed'])
  })

  it('is told of once: a repeat is answered, and another outcome has lost its lease', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const good = await lost(ledger, tenant)
    const bad = await lost(ledger, tenant)
    const first = await succeedRun(tenant.worker, { leaseToken: good.leaseToken })
    const second = await failRun(tenant.worker, { leaseToken: bad.leaseToken, error: 'no luck' })
    const before = [await wholeOf(ledger, good.id), await wholeOf(ledger, bad.id)]
    expect(await succeedRun(tenant.worker, { leaseToken: good.leaseToken })).toEqual({
      run: first.run,
      replayed: true,
    })
    expect(await failRun(tenant.worker, { leaseToken: bad.leaseToken, error: 'no luck' })).toEqual({
      run: second.run,
      replayed: true,
    })
    for (const work of [
      () => failRun(tenant.worker, { leaseToken: good.leaseToken, error: 'no luck' }),
      () => succeedRun(tenant.worker, { leaseToken: bad.leaseToken }),
    ])
      expect(await refusal(work())).toMatchObject({ code: 'lease_lost' })
    expect([await wholeOf(ledger, good.id), await wholeOf(ledger, bad.id)]).toEqual(before)
  })

  it('is told of by one of ten at once', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await lost(ledger, tenant)
    const all = await Promise.all(Array.from({ length: 10 }, () => succeedRun(tenant.worker, { leaseToken })))
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect((await eventTypes(ledger, id)).filter((type) => type === 'run.recovered')).toHaveLength(1)
  })

  it('holds no lease: a heartbeat is too late', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { leaseToken } = await lost(ledger, tenant)
    expect(await refusal(heartbeatRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
  })

  it('is no longer its holder’s once a person retried it, whatever became of it then', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await lost(ledger, tenant)
    const tellAll = async (when: string) => {
      const before = await wholeOf(ledger, id)
      for (const work of [
        () => succeedRun(tenant.worker, { leaseToken }),
        () => failRun(tenant.worker, { leaseToken, error: 'no luck' }),
      ])
        expect(await refusal(work()), when).toMatchObject({ code: 'lease_lost' })
      expect(await wholeOf(ledger, id), when).toEqual(before)
    }
    await retryRun(tenant.person, { id })
    await tellAll('queued')
    await cancelRun(tenant.person, { id })
    await tellAll('canceled')
    await retryRun(tenant.person, { id })
    const next = await claimed(tenant.worker)
    await tellAll('claimed')
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    await tellAll('lost by another')
    expect((await succeedRun(tenant.worker, { leaseToken: next.leaseToken })).run.state).toBe('succeeded')
  })

  it('that was canceled stays canceled', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await cancelRun(tenant.person, { id })
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    expect(await refusal(succeedRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
    expect(await stored(ledger, id)).toMatchObject({ state: 'canceled' })
  })

  it('that ran past its timeout is not to be told of', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { timeoutSeconds: 10 })
    await ledger.shift([id], 'startedAt', -30)
    await sweepLost(ledger.as())
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'timeout' })
    expect(await refusal(succeedRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
  })

  it('that was born running tells the truth later, too', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const id = ulid()
    const { leaseToken } = await startRun(worker, { id, kind: 'k', workerId: 'laptop' })
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    expect((await succeedRun(worker, { leaseToken })).run).toMatchObject({ state: 'succeeded' })
    expect(await eventTypes(ledger, id)).toEqual([
      'run.started',
      'run.lost',
      'run.failed',
      'run.recovered',
      'run.succeeded',
    ])
  })
})
