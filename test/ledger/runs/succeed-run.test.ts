import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { eventTypes, lastEvent, refusal, stored, wholeOf, working } from '../steps.ts'

describe.each(ENGINES)('succeed on $name', (engine) => {
  const at = useLedger(engine)

  it('ends the run with what was measured, and frees it', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const { run, replayed } = await succeedRun(tenant.worker, {
      id,
      leaseToken,
      outputRef: 's3://bucket/é 😀',
      exitCode: 0,
      metrics: { memoryPeakBytes: 2 ** 40, cpuSeconds: 1.25 },
      logBytes: 2 ** 33,
    })
    expect(replayed).toBe(false)
    expect(run).toMatchObject({
      state: 'succeeded',
      progress: 100,
      outputRef: 's3://bucket/é 😀',
      exitCode: 0,
      memoryPeakBytes: 2 ** 40,
      cpuSeconds: 1.25,
      logBytes: 0,
      error: null,
      errorCode: null,
      claimedBy: 'worker-1',
      leaseExpiresAt: null,
    })
    expect(run).toEqual(await stored(ledger, id))
    expect(await ledger.store.logs.state(id)).toMatchObject({ finalOffset: 2 ** 33, bytes: 0 })
    expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
    expect(await lastEvent(ledger, id, 'run.succeeded')).toMatchObject({
      actor: 'worker',
      data: { fence: 1, outputRef: 's3://bucket/é 😀', by: 'holder' },
    })
  })

  it('wins over a cancel that was asked for', async () => {
    const tenant = at().tenant()
    const { id, leaseToken } = await working(tenant)
    await cancelRun(tenant.person, { id })
    const { run } = await succeedRun(tenant.worker, { leaseToken })
    expect(run).toMatchObject({ state: 'succeeded', errorCode: null, progress: 100 })
    expect(run.cancelRequestedAt).not.toBeNull()
  })

  it('is still accepted after the lease ran out, as long as nobody took the run away', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await ledger.shift([id], 'leaseExpiresAt', -1_000)
    expect((await succeedRun(tenant.worker, { leaseToken })).run).toMatchObject({ state: 'succeeded' })
  })

  it('keeps the end it is told between the start and now', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const ending = async (finishedAt: (startedAt: number) => number) => {
      const { id, leaseToken } = await working(tenant)
      await ledger.shift([id], 'startedAt', -100)
      const start = Date.parse((await stored(ledger, id)).startedAt ?? '')
      const { run } = await succeedRun(tenant.worker, {
        leaseToken,
        finishedAt: new Date(finishedAt(start)).toISOString(),
      })
      return { run, ms: Date.parse(run.finishedAt ?? '') - start }
    }
    const within = await ending((start) => start + 40_000)
    expect(within.ms).toBe(40_000)
    expect(within.run.durationMs).toBe(40_000)
    expect((await ending((start) => start - 40_000)).ms).toBe(0)
    const late = await ending((start) => start + 400_000)
    expect(late.run.finishedAt).toBe(late.run.updatedAt)
  })

  it('repeated is answered from what became of it, and changes nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const first = await succeedRun(tenant.worker, { leaseToken, outputRef: 'first' })
    const before = await wholeOf(ledger, id)
    const again = await succeedRun(tenant.worker, { leaseToken, outputRef: 'second' })
    expect(again).toEqual({ run: first.run, replayed: true })
    expect(await wholeOf(ledger, id)).toEqual(before)
  })

  it('ten times at once wins once, and the others are told what won', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const all = await Promise.all(Array.from({ length: 10 }, () => succeedRun(tenant.worker, { leaseToken })))
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
  })

  it.each([
    ['no token', { leaseToken: undefined }, 'leaseToken'],
    ['a token of nobody', { leaseToken: 'x.1.60.y' }, 'leaseToken'],
    ['another run than the token’s', { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }, 'leaseToken'],
    ['an error', { error: 'but it succeeded' }, ''],
    ['two lines for an outputRef', { outputRef: 'a\nb' }, 'outputRef'],
    ['half of a surrogate pair', { outputRef: '\uD83D' }, 'outputRef'],
    ['less memory than none', { metrics: { memoryPeakBytes: -1 } }, 'metrics.memoryPeakBytes'],
    ['an exit code of 33 bits', { exitCode: 2 ** 32 }, 'exitCode'],
    ['the year 10000', { finishedAt: '9999-12-31T23:59:59-01:00' }, 'finishedAt'],
  ])('refuses %s, and the run goes on', async (_, change, path) => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const error = await refusal(succeedRun(tenant.worker, { leaseToken, ...change } as never))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
    expect(await stored(ledger, id)).toMatchObject({ state: 'running' })
  })
})
