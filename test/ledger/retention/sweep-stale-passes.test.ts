import { describe, expect, it } from 'vitest'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { runStats } from '../../../lib/ledger/runs/run-stats.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventTypes, stored, working } from '../steps.ts'
import { beganAgo, begun, DAY, THREE_DAYS } from './steps.ts'

describe('a sweep of stale runs, batch by batch,', () => {
  const at = useLedger(POSTGRES)

  it('ends more than one batch, named claims and none, each run once, and all are counted', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { projectId, worker, person } = tenant
    const ids = await begun(ledger, worker, THREE_DAYS + 60, { count: 40 })
    for (let n = 0; n < 30; n++) await enqueued(person)
    for (const claimId of ['b', 'a', undefined]) {
      const claimed = await claimRuns(worker, { workerId: 'w', limit: 10, ...(claimId ? { claimId } : {}) })
      ids.push(...claimed.map(({ run }) => run.id))
    }
    await beganAgo(ledger, ids, THREE_DAYS + 60)
    const { total, sweep } = await sweepStale(ledger.as(), {}, { batch: 7 })
    expect({ total, counts: sweep.counts }).toEqual({ total: 70, counts: { failed: 70, canceled: 0 } })
    for (const id of ids) {
      expect((await stored(ledger, id)).state).toBe('failed')
      expect((await eventTypes(ledger, id)).filter((type) => type === 'run.failed')).toHaveLength(1)
    }
    await ledger.forgetChores()
    const stats = await runStats(ledger.as(), { projectId })
    expect(stats.byState).toMatchObject({ failed: 70, running: 0 })
    expect(stats.averageDurationMs).toBeGreaterThanOrEqual(THREE_DAYS * 1_000)
  })

  it('by five at once ends each run once', async () => {
    const ledger = at()
    const ids = await begun(ledger, ledger.tenant().worker, THREE_DAYS + 60, { count: 60 })
    const swept = await Promise.all(Array.from({ length: 5 }, () => sweepStale(ledger.as())))
    expect(swept.reduce((sum, { total }) => sum + total, 0)).toBe(60)
    for (const id of ids)
      expect((await eventTypes(ledger, id)).filter((type) => type === 'run.failed')).toHaveLength(1)
  })

  it('and a completion at once: one of the two wins, and what has completed stays so', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    for (let round = 0; round < 20; round++) {
      const { id, leaseToken } = await working(tenant)
      await beganAgo(ledger, [id], THREE_DAYS + 60)
      const [, told] = await Promise.allSettled([
        sweepStale(ledger.as()),
        succeedRun(tenant.worker, { leaseToken }),
      ])
      const { state } = await stored(ledger, id)
      expect(state).toBe(told.status === 'fulfilled' ? 'succeeded' : 'failed')
      const ends = (await eventTypes(ledger, id)).slice(2)
      expect(ends).toEqual([`run.${state}`])
    }
  })

  it('leaves a run that completes between its batches as it is', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const held = [await working(tenant), await working(tenant), await working(tenant)]
    await beganAgo(
      ledger,
      held.map(({ id }) => id),
      THREE_DAYS + 60,
    )
    const last = must(held.toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1))
    const { sweeps } = ledger.ports
    let batches = 0
    const endStale: typeof sweeps.endStale = async (batch) => {
      if (batches++ === 1) await succeedRun(tenant.worker, { leaseToken: last.leaseToken })
      return sweeps.endStale(batch)
    }
    const ctx = { ...ledger.as(), sweeps: { ...sweeps, endStale } }
    expect(await sweepStale(ctx, {}, { batch: 1 })).toMatchObject({ total: 2 })
    expect((await stored(ledger, last.id)).state).toBe('succeeded')
  })

  it('ends when its time is over, and says that more remains; the next one goes on', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 5 })
    const first = await sweepStale(ledger.as(), {}, { budgetMs: 0, batch: 2 })
    expect(first).toMatchObject({ total: 4, sweep: { status: 'completed', more: true } })
    expect((await stored(ledger, first.sweep.id)).progressMessage).toBe(
      '4 stale runs of 1 script ended; time ran out, and more remain',
    )
    expect(await sweepStale(ledger.as())).toMatchObject({ total: 1, sweep: { more: false } })
  })

  it('ends after the batches it is at when it is told to', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 7 })
    const signal = AbortSignal.abort()
    expect(await sweepStale(ledger.as(), {}, { signal, batch: 3 })).toMatchObject({
      total: 6,
      sweep: { more: true },
    })
    expect(await sweepStale(ledger.as(), {}, { signal, batch: 3 })).toMatchObject({
      total: 1,
      sweep: { more: false },
    })
  })
})
