import { describe, expect, it } from 'vitest'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusingToEnd } from '../../support/refusing-to-end.ts'
import { eventTypes, refusal, stored } from '../steps.ts'
import { alertsAbout, begun, DAY } from './steps.ts'

describe('a sweep of stale runs, where the database', () => {
  const at = useLedger(POSTGRES)
  /** What a statement throws that the server has ended. */
  const canceled = () => at().store.raw('SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(4)')
  const statesOf = async (ids: string[]) => Promise.all(ids.map(async (id) => (await stored(at(), id)).state))

  it('refuses one run, ends all others, names the one, and says so until it is well again', async () => {
    const ledger = at()
    const ids = await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 40 })
    const bad = must(ids[13])
    const mend = await refusingToEnd(ledger.store.raw, bad)
    const { sweep, total } = await sweepStale(ledger.as(), {}, { batch: 8 })
    expect(total).toBe(39)
    expect(await statesOf(ids)).toEqual(ids.map((id) => (id === bad ? 'running' : 'failed')))
    for (const id of ids)
      expect((await eventTypes(ledger, id)).filter((type) => type === 'run.failed')).toHaveLength(
        id === bad ? 0 : 1,
      )
    const message = 'internal error; the log of the server tells more'
    expect(sweep).toMatchObject({
      status: 'partial',
      more: false,
      counts: { failed: 39, canceled: 0 },
      errors: [{ item: bad, message }],
    })
    expect(await stored(ledger, sweep.id)).toMatchObject({
      state: 'failed',
      error: `39 stale runs of 1 script ended; run ${bad} could not be ended: ${message}`,
    })
    expect(ledger.logged).toContainEqual(
      expect.objectContaining({ message: 'could not end stale runs', sweepId: sweep.id, runId: bad }),
    )
    expect(await alertsAbout(ledger, 'sweep.failing:stale')).toMatchObject([
      { message: expect.stringContaining(bad), resolvedAt: null },
    ])
    await mend()
    expect(await sweepStale(ledger.as())).toMatchObject({ total: 1, sweep: { status: 'completed' } })
    expect((await alertsAbout(ledger, 'sweep.failing:stale'))[0]?.resolvedAt).not.toBeNull()
  })

  it('refuses many, names a hundred, passes by the others, and ends what comes after', async () => {
    const ledger = at()
    const ids = await begun(ledger, ledger.tenant().worker, 4 * DAY, { kind: 'bad', count: 130 })
    const [good = ''] = await begun(ledger, ledger.tenant().worker, 4 * DAY)
    const mend = await refusingToEnd(ledger.store.raw, ...ids)
    const { sweep, total } = await sweepStale(ledger.as(), {}, { batch: 10 })
    await mend()
    expect(total).toBe(1)
    expect(await statesOf([good])).toEqual(['failed'])
    const single = sweep.errors.filter(({ message }) => !/runs from this one on/.test(message))
    expect(sweep.status).toBe('partial')
    const items = sweep.errors.map(({ item }) => item)
    expect(items).toEqual(items.toSorted())
    expect(ids).toEqual(expect.arrayContaining(items))
    expect(single.length).toBeGreaterThanOrEqual(100)
    expect(sweep.errors.length).toBeLessThan(130)
    await sweepStale(ledger.as())
  })

  it('ends a statement for its time, tries again by halves, and is through', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 8 })
    const { sweeps } = ledger.ports
    const endStale: typeof sweeps.endStale = async (batch) => {
      if (batch.ids.length > 2) await canceled()
      return sweeps.endStale(batch)
    }
    const ctx = { ...ledger.as(), sweeps: { ...sweeps, endStale } }
    expect(await sweepStale(ctx, {}, { batch: 8 })).toMatchObject({
      total: 8,
      sweep: { status: 'completed', errors: [] },
    })
  })

  it('goes away half-way, says what it did, and throws what stopped it', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 6 })
    const { sweeps } = ledger.ports
    let batches = 0
    const ctx: Context = {
      ...ledger.as(),
      sweeps: {
        ...sweeps,
        async endStale(batch) {
          if (batches++ >= 1) await canceled()
          return sweeps.endStale(batch)
        },
        async get(id) {
          await canceled()
          return sweeps.get(id)
        },
      },
    }
    const thrown = await refusal(sweepStale(ctx, {}, { batch: 2 }))
    expect(thrown.code).toBe('unavailable')
    const [sweep] = await sweeps.list({ limit: 1 })
    expect(sweep).toMatchObject({
      status: 'partial',
      counts: { failed: 2 },
      errors: [{ item: null, message: thrown.message }],
    })
    expect(await stored(ledger, must(sweep).id)).toMatchObject({
      state: 'failed',
      error: `2 stale runs of 1 script ended; ${thrown.message}`,
    })
    await sweepStale(ledger.as())
  })

  it.each([false, true])(
    'has a fault that is our own, ends as failed all the same (dryRun: %s)',
    async (dryRun) => {
      const ledger = at()
      const broken = () => Promise.reject(new TypeError('our own mistake'))
      const { sweeps } = ledger.ports
      const ctx = { ...ledger.as(), sweeps: { ...sweeps, findStale: broken, countStale: broken } }
      await expect(startSweep(ctx, { kind: 'stale', dryRun })).rejects.toThrow('our own mistake')
      const [sweep] = await sweeps.list({ limit: 1 })
      const message = 'internal error; the log of the server tells more'
      expect(sweep).toMatchObject({ status: 'failed', dryRun, more: true, errors: [{ item: null, message }] })
      const [run] = await ledger.store.runs.get([must(sweep).id])
      expect(run?.state ?? 'none').toBe(dryRun ? 'none' : 'failed')
    },
  )
})
