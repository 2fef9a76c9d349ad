import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, lastEvent, refusal, stored, wholeOf, working } from '../steps.ts'

describe.each(ENGINES)('cancel on $name', (engine) => {
  const at = useLedger(engine)

  it('ends a queued run at once, with the reason', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()
    const { id } = await enqueued(person)
    const run = await cancelRun(person, { id, reason: 'not today\u0000' })
    expect(run).toMatchObject({
      state: 'canceled',
      error: 'not today\uFFFD',
      errorCode: 'canceled',
      startedAt: null,
      durationMs: null,
    })
    expect(run.finishedAt).not.toBeNull()
    expect(await lastEvent(ledger, id, 'run.canceled')).toMatchObject({
      actor: 'person',
      data: { reason: 'not today\uFFFD' },
    })
    expect(await claimRuns(worker, { workerId: 'w' })).toEqual([])
  })

  it('asks a running run to stop, and its worker ends it', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const asked = await cancelRun(tenant.person, { id, reason: 'too long' })
    expect(asked).toMatchObject({ state: 'running', finishedAt: null })
    expect(asked.cancelRequestedAt).not.toBeNull()
    expect(await heartbeatRun(tenant.worker, { leaseToken })).toMatchObject({ cancelRequested: true })
    const { run } = await failRun(tenant.worker, { leaseToken, error: 'stopped' })
    expect(run).toMatchObject({ state: 'canceled' })
    expect(await lastEvent(ledger, id, 'run.cancel_requested')).toMatchObject({
      actor: 'person',
      data: { reason: 'too long' },
    })
  })

  it('of a run whose worker is gone is carried out by the sweep', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await working(tenant, { maxAttempts: 5 })
    await cancelRun(tenant.person, { id })
    await ledger.shift([id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    expect(await stored(ledger, id)).toMatchObject({ state: 'canceled', errorCode: 'canceled' })
    expect((await eventTypes(ledger, id)).slice(-2)).toEqual(['run.lost', 'run.canceled'])
  })

  it('again changes nothing, whether the run was canceled or only asked to stop', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id: asked } = await working(tenant)
    const { id: canceled } = await enqueued(tenant.person)
    for (const id of [asked, canceled]) {
      const first = await cancelRun(tenant.person, { id, reason: 'first' })
      const before = await wholeOf(ledger, id)
      expect(await cancelRun(tenant.person, { id, reason: 'second' })).toEqual(first)
      expect(await wholeOf(ledger, id)).toEqual(before)
    }
  })

  it('of a finished run is a conflict and changes nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const good = await working(tenant)
    await succeedRun(tenant.worker, { leaseToken: good.leaseToken })
    const bad = await working(tenant)
    await failRun(tenant.worker, { leaseToken: bad.leaseToken, error: 'no luck' })
    for (const [{ id }, state] of [[good, 'succeeded'] as const, [bad, 'failed'] as const]) {
      const before = await wholeOf(ledger, id)
      const error = await refusal(cancelRun(tenant.person, { id }))
      expect(error).toMatchObject({ code: 'conflict' })
      expect(error.message).toBe(
        `run ${id} has already ${state}; only a queued or running run can be canceled`,
      )
      expect(await wholeOf(ledger, id)).toEqual(before)
    }
  })

  it('twenty times at once is told of once', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id: running } = await working(tenant)
    const { id: queued } = await enqueued(tenant.person)
    for (const id of [running, queued])
      await Promise.all(Array.from({ length: 20 }, () => cancelRun(tenant.person, { id })))
    expect(await eventTypes(ledger, queued)).toEqual(['run.enqueued', 'run.canceled'])
    expect(await eventTypes(ledger, running)).toEqual(['run.enqueued', 'run.started', 'run.cancel_requested'])
  })

  it('and a claim at once: the run is canceled unseen, or its worker is told', async () => {
    const ledger = at()
    for (let round = 0; round < 50; round++) {
      const { person, worker } = ledger.tenant()
      const { id } = await enqueued(person)
      // Each begins first in turn.
      const early = round % 2 === 0 ? cancelRun(person, { id }) : undefined
      const claim = claimRuns(worker, { workerId: 'w' })
      const [canceled, taken] = await Promise.all([early ?? cancelRun(person, { id }), claim])
      const run = await stored(ledger, id)
      expect(run.cancelRequestedAt).not.toBeNull()
      if (taken.length === 0) {
        expect([canceled.state, run.state]).toEqual(['canceled', 'canceled'])
        expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.canceled'])
      } else {
        expect([canceled.state, run.state]).toEqual(['running', 'running'])
        const answer = await heartbeatRun(worker, { leaseToken: taken[0]?.leaseToken ?? '' })
        expect(answer.cancelRequested).toBe(true)
        expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', 'run.cancel_requested'])
      }
    }
  })

  it('and a success at once: the success wins, and the cancel is in time or a conflict', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant)
      const [success, cancel] = await Promise.allSettled([
        succeedRun(tenant.worker, { leaseToken }),
        cancelRun(tenant.person, { id }),
      ])
      expect(success.status).toBe('fulfilled')
      const asked = (await stored(ledger, id)).cancelRequestedAt !== null
      if (cancel.status === 'rejected') expect(cancel.reason).toMatchObject({ code: 'conflict' })
      expect(cancel.status).toBe(asked ? 'fulfilled' : 'rejected')
      expect(await stored(ledger, id)).toMatchObject({ state: 'succeeded' })
    }
  })

  it('and a failure with attempts left at once: the run never waits in the queue with a cancel asked for', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant, { maxAttempts: 5 })
      await Promise.all([
        failRun(tenant.worker, { leaseToken, error: 'no luck' }),
        cancelRun(tenant.person, { id }),
      ])
      expect(await stored(ledger, id)).toMatchObject({ state: 'canceled' })
    }
  })

  it('of a run there is none of is not found', async () => {
    const { person } = at().tenant()
    expect(await refusal(cancelRun(person, { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }))).toMatchObject({
      code: 'not_found',
    })
    for (const input of [{ id: '42' }, {}, { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G', reason: '' }, null])
      expect(await refusal(cancelRun(person, input as never))).toMatchObject({ code: 'invalid' })
  })
})
