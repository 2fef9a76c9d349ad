import { ulid } from 'ulid'
import { beforeEach, describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import { ENGINES, type Tenant, useLedger } from '../../support/open-ledger.ts'
import { eventsOf, eventTypes, lastEvent, stored, waitOf, wholeOf, working } from '../steps.ts'

const NOTHING = { swept: 0, requeued: 0, failed: 0, canceled: 0, more: false }
const GRACE = LIMITS.timeoutGraceSeconds

describe.each(ENGINES)('the sweep of lost runs on $name', (engine) => {
  const at = useLedger(engine)
  // What a test left behind is not the next one's to find.
  beforeEach(async () => void (await sweepLost(at().as())))

  it('does nothing where nothing is lost', async () => {
    const ledger = at()
    const { id } = await working(ledger.tenant(), { timeoutSeconds: 10 })
    const before = await wholeOf(ledger, id)
    expect(await sweepLost(ledger.as())).toEqual(NOTHING)
    expect(await wholeOf(ledger, id)).toEqual(before)
  })

  it('puts a run with attempts left back, after a wait, and counts the attempt', async () => {
    const ledger = at()
    const { id, run } = await working(ledger.tenant(), { maxAttempts: 2 })
    await ledger.shift([id], 'leaseExpiresAt', -61)
    expect(await sweepLost(ledger.as())).toEqual({ ...NOTHING, swept: 1, requeued: 1 })
    const swept = await stored(ledger, id)
    expect(swept).toMatchObject({
      state: 'queued',
      attempt: 1,
      fence: 1,
      errorCode: 'lost',
      error: `worker lost: no heartbeat since ${run.heartbeatAt}`,
    })
    expect(waitOf(swept)).toBeGreaterThanOrEqual(499)
    expect(waitOf(swept)).toBeLessThanOrEqual(1_001)
    expect(await eventTypes(ledger, id)).toEqual(['run.enqueued', 'run.started', 'run.lost', 'run.retried'])
    expect(await lastEvent(ledger, id, 'run.lost')).toMatchObject({
      actor: 'system',
      data: { fence: 1, attempt: 1, workerId: 'worker-1' },
    })
  })

  it('ends a run without attempts left as failed', async () => {
    const ledger = at()
    const { id } = await working(ledger.tenant())
    await ledger.shift([id], 'leaseExpiresAt', -61)
    expect(await sweepLost(ledger.as())).toEqual({ ...NOTHING, swept: 1, failed: 1 })
    const run = await stored(ledger, id)
    expect(run).toMatchObject({
      state: 'failed',
      errorCode: 'lost',
      claimedBy: 'worker-1',
      leaseExpiresAt: null,
    })
    expect(run.finishedAt).toBe(run.updatedAt)
    expect((await eventTypes(ledger, id)).slice(-2)).toEqual(['run.lost', 'run.failed'])
  })

  it('ends a run whose cancel was asked for as canceled, whatever attempts are left', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await working(tenant, { maxAttempts: 9 })
    await cancelRun(tenant.person, { id })
    await ledger.shift([id], 'leaseExpiresAt', -61)
    expect(await sweepLost(ledger.as())).toEqual({ ...NOTHING, swept: 1, canceled: 1 })
    expect(await stored(ledger, id)).toMatchObject({ state: 'canceled', errorCode: 'canceled' })
  })

  it('ends a run past its timeout and the grace for its worker to say so, under a live lease too', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await working(tenant, { timeoutSeconds: 100 }, { leaseSeconds: 3_600 })
    const { id: again } = await working(
      tenant,
      { timeoutSeconds: 100, maxAttempts: 2 },
      { leaseSeconds: 3_600 },
    )
    await ledger.shift([id, again], 'startedAt', -100 - GRACE + 5)
    expect(await sweepLost(ledger.as())).toEqual(NOTHING)
    await ledger.shift([id, again], 'startedAt', -6)
    expect(await sweepLost(ledger.as())).toEqual({ ...NOTHING, swept: 2, failed: 1, requeued: 1 })
    expect(await stored(ledger, id)).toMatchObject({
      state: 'failed',
      errorCode: 'timeout',
      error: 'timed out: still running 100 s after its start',
    })
    expect(await stored(ledger, again)).toMatchObject({ state: 'queued', errorCode: 'timeout', attempt: 1 })
    expect((await eventTypes(ledger, id)).slice(-1)).toEqual(['run.failed'])
  })

  it('ends a run that was born running, which has the one attempt', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const id = ulid()
    await startRun(worker, { id, kind: 'k', workerId: 'laptop' })
    await ledger.shift([id], 'leaseExpiresAt', -61)
    expect(await sweepLost(ledger.as())).toEqual({ ...NOTHING, swept: 1, failed: 1 })
    expect(await eventTypes(ledger, id)).toEqual(['run.started', 'run.lost', 'run.failed'])
  })

  it('does so much at a time, the longest lost first, and says whether there may be more', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const ids = await lose(tenant, 5)
    for (const [n, id] of ids.entries()) await ledger.shift([id], 'leaseExpiresAt', -100 - n * 100)
    expect(await sweepLost(ledger.as(), { limit: 2 })).toMatchObject({ swept: 2, more: true })
    const lost = async () => {
      const runs = await Promise.all(ids.map((id) => stored(ledger, id)))
      return runs.map(({ state }) => state === 'failed')
    }
    expect(await lost()).toEqual([false, false, false, true, true])
    expect(await sweepLost(ledger.as(), { limit: 4 })).toMatchObject({ swept: 3, more: false })
    expect(await lost()).toEqual([true, true, true, true, true])
  })

  it('and a completion at once: one of the two wins, and the success is never lost', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant)
      await ledger.shift([id], 'leaseExpiresAt', -61)
      await Promise.all([sweepLost(ledger.as()), succeedRun(tenant.worker, { leaseToken })])
      expect(await stored(ledger, id)).toMatchObject({ state: 'succeeded', errorCode: null })
      const types = await eventTypes(ledger, id)
      const swept = ['run.lost', 'run.failed', 'run.recovered', 'run.succeeded']
      expect([['run.succeeded'], swept]).toContainEqual(types.slice(2))
    }
  })

  it('and a heartbeat at once: the run goes on, or its worker is told', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant)
      await ledger.shift([id], 'leaseExpiresAt', -61)
      await ledger.shift([id], 'heartbeatAt', -61)
      const [, beat] = await Promise.allSettled([
        sweepLost(ledger.as()),
        heartbeatRun(tenant.worker, { leaseToken }),
      ])
      const { state } = await stored(ledger, id)
      expect(state).toBe(beat.status === 'fulfilled' ? 'running' : 'failed')
      if (beat.status === 'rejected') expect(beat.reason).toMatchObject({ code: 'lease_lost' })
    }
  })

  it('by five at once ends each run once', async () => {
    const ledger = at()
    const ids = await lose(ledger.tenant(), 40)
    await ledger.shift(ids, 'leaseExpiresAt', -61)
    const sweeps = await Promise.all(Array.from({ length: 5 }, () => sweepLost(ledger.as())))
    expect(sweeps.reduce((sum, { swept }) => sum + swept, 0)).toBe(40)
    for (const id of ids)
      expect((await eventsOf(ledger, id)).filter(({ type }) => type === 'run.lost')).toHaveLength(1)
  })
})

async function lose({ person, worker }: Tenant, count: number): Promise<string[]> {
  await enqueueRuns(
    person,
    Array.from({ length: count }, () => ({ kind: 'k' })),
  )
  return (await claimRuns(worker, { workerId: 'w', limit: count })).map(({ run }) => run.id)
}
