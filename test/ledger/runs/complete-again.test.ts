import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { completeRuns, failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { isLedgerError } from '../../../lib/run/errors.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { claimed, eventTypes, makeDue, refusal, stored, wholeOf, working } from '../steps.ts'

describe.each(ENGINES)('a completion that comes again, on $name', (engine) => {
  const at = useLedger(engine)

  it('of another outcome has lost its lease, and changes nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { worker } = tenant
    const good = await working(tenant)
    await succeedRun(worker, { leaseToken: good.leaseToken })
    const bad = await working(tenant)
    await failRun(worker, { leaseToken: bad.leaseToken, error: 'no luck' })
    const before = [await wholeOf(ledger, good.id), await wholeOf(ledger, bad.id)]
    for (const work of [
      () => failRun(worker, { leaseToken: good.leaseToken, error: 'no luck' }),
      () => succeedRun(worker, { leaseToken: bad.leaseToken }),
    ])
      expect(await refusal(work())).toMatchObject({ code: 'lease_lost' })
    expect([await wholeOf(ledger, good.id), await wholeOf(ledger, bad.id)]).toEqual(before)
  })

  it('is answered by a failure that put the run back, by one that was canceled, and by a release', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const back = await working(tenant, { maxAttempts: 2 })
    const canceled = await working(tenant)
    await cancelRun(tenant.person, { id: canceled.id })
    const released = await working(tenant)
    for (const { id, leaseToken } of [back, canceled, released]) {
      const report = { leaseToken, error: id === released.id ? 'released' : 'no luck' }
      const { run } = await failRun(tenant.worker, report)
      const before = await wholeOf(ledger, id)
      expect(await failRun(tenant.worker, report)).toEqual({ run, replayed: true })
      expect(await wholeOf(ledger, id)).toEqual(before)
    }
  })

  it('is answered also after the run was claimed again, with the run as it is now', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
    await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    await makeDue(ledger, id)
    const next = await claimed(tenant.worker, { workerId: 'worker-2' })
    const before = await wholeOf(ledger, id)
    const again = await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    expect(again).toMatchObject({
      replayed: true,
      run: { state: 'running', claimedBy: 'worker-2', fence: 2 },
    })
    expect(await refusal(succeedRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
    expect(await wholeOf(ledger, id)).toEqual(before)
    expect((await succeedRun(tenant.worker, { leaseToken: next.leaseToken })).replayed).toBe(false)
    expect((await failRun(tenant.worker, { leaseToken, error: 'no luck' })).run).toMatchObject({
      state: 'succeeded',
    })
  })

  it('by a late worker, whose run went to another, has lost its lease', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    for (const step of ['queued again', 'claimed by another']) {
      if (step === 'claimed by another') {
        await makeDue(ledger, id)
        await claimed(tenant.worker, { workerId: 'worker-2' })
      }
      const before = await wholeOf(ledger, id)
      for (const work of [
        () => succeedRun(tenant.worker, { leaseToken }),
        () => failRun(tenant.worker, { leaseToken, error: 'no luck' }),
      ])
        expect(await refusal(work()), step).toMatchObject({ code: 'lease_lost' })
      expect(await wholeOf(ledger, id)).toEqual(before)
    }
  })

  it('after a person’s retry is answered by the completion that won, and moves nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    await retryRun(tenant.person, { id })
    const before = await wholeOf(ledger, id)
    expect(await failRun(tenant.worker, { leaseToken, error: 'no luck' })).toMatchObject({
      replayed: true,
      run: { state: 'queued' },
    })
    expect(await refusal(succeedRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
    expect(await wholeOf(ledger, id)).toEqual(before)
  })

  it('and its opposite at once: one wins and the other has lost its lease', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant)
      const outcomes = await Promise.allSettled([
        succeedRun(tenant.worker, { leaseToken }),
        failRun(tenant.worker, { leaseToken, error: 'no luck' }),
      ])
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      const won = outcomes[0].status === 'fulfilled' ? 'succeeded' : 'failed'
      expect(await stored(ledger, id)).toMatchObject({ state: won })
      expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', `run.${won}`])
    }
  })
})

describe.each(ENGINES)('many completions at once, on $name', (engine) => {
  const at = useLedger(engine)

  it('are answered one by one, in order', async () => {
    const ledger = at()
    const [tenant, other] = [ledger.tenant(), ledger.tenant()]
    const runs = [
      await working(tenant),
      await working(tenant, { maxAttempts: 2 }),
      await working(tenant),
      await working(other),
    ]
    const [a, b, c, foreign] = runs.map(({ leaseToken }) => leaseToken)
    const good = { outcome: 'succeeded' }
    const bad = { outcome: 'failed', error: 'no luck' }
    const answers = await completeRuns(tenant.worker, [
      { ...bad, leaseToken: b },
      { ...good, leaseToken: 'made up' },
      { ...good, leaseToken: a },
      { ...good, leaseToken: foreign },
      { leaseToken: c },
      { ...bad, leaseToken: a },
      { ...good, leaseToken: a },
      null,
      { ...bad, leaseToken: c },
      { ...good, leaseToken: c },
    ])
    const told = answers.map((answer) =>
      isLedgerError(answer) ? answer.code : `${answer.run.state}${answer.replayed ? ' again' : ''}`,
    )
    expect(told).toEqual([
      'queued',
      'invalid',
      'succeeded',
      'not_found',
      'invalid',
      'lease_lost',
      'succeeded again',
      'invalid',
      'failed',
      'lease_lost',
    ])
    expect(await stored(ledger, runs[3]?.id ?? '')).toMatchObject({ state: 'running' })
  })

  it('are 500 at most, and one at least', async () => {
    const { worker } = at().tenant()
    for (const wrong of [[], Array.from({ length: 501 }, () => ({})), 'all'])
      expect(await refusal(completeRuns(worker, wrong as unknown[]))).toMatchObject({ code: 'invalid' })
  })
})
