import { describe, expect, it } from 'vitest'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { runStats } from '../../../lib/ledger/runs/run-stats.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { putScript } from '../../../lib/ledger/scripts/scripts.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventsOf, eventTypes, refusal, stored, wholeOf, working } from '../steps.ts'
import { begun, DAY, HOUR, THREE_DAYS } from './steps.ts'

describe('the sweep of stale runs', () => {
  const at = useLedger(POSTGRES)

  it('ends what has been running for longer than three days as failed, and says so in the old words', async () => {
    const ledger = at()
    const [id = ''] = await begun(ledger, ledger.tenant().worker, THREE_DAYS + 60)
    const { total, scriptNames, thresholdDate, sweep } = await sweepStale(ledger.as())
    expect({ total, scriptNames }).toEqual({ total: 1, scriptNames: ['synchroFacture'] })
    expect(Date.parse(sweep.startedAt) - Date.parse(thresholdDate)).toBe(THREE_DAYS * 1_000)
    const run = await stored(ledger, id)
    expect(run).toMatchObject({
      state: 'failed',
      errorCode: 'stale',
      error: 'Script marked as failed - exceeded 3 day timeout',
      leaseExpiresAt: null,
    })
    expect(run.finishedAt).toBe(run.updatedAt)
    expect(must(run.finishedAt) >= sweep.startedAt).toBe(true)
    expect(must((await eventsOf(ledger, id)).at(-1))).toMatchObject({
      type: 'run.failed',
      actor: 'system',
      at: run.finishedAt,
      data: { fence: 1, attempt: 1, workerId: 'worker', by: 'sweep', sweepId: sweep.id, error: run.error },
    })
  })

  it('leaves what has not run for so long, what waits, and what has ended', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const [young = ''] = await begun(ledger, tenant.worker, THREE_DAYS - HOUR)
    const waiting = await enqueued(tenant.person)
    await ledger.shift([waiting.id], 'createdAt', -9 * DAY)
    const ids = [young, waiting.id]
    const before = await Promise.all(ids.map((id) => wholeOf(ledger, id)))
    expect(await sweepStale(ledger.as())).toMatchObject({ total: 0, scriptNames: [] })
    expect(await Promise.all(ids.map((id) => wholeOf(ledger, id)))).toEqual(before)
  })

  it('asks neither for heartbeats nor for attempts that are left; its holder is told', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 9 }, { claimId: unique('claim') })
    await heartbeatRun(tenant.worker, { leaseToken, progress: 40 })
    await ledger.shift([id], 'startedAt', -THREE_DAYS - 60)
    expect(await sweepStale(ledger.as())).toMatchObject({ total: 1 })
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'stale', progress: 40 })
    for (const tell of [heartbeatRun, succeedRun])
      expect(await refusal(tell(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
  })

  it('makes a run whose cancel was asked for a canceled one', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const [id = ''] = await begun(ledger, tenant.worker, THREE_DAYS + 60)
    await cancelRun(tenant.person, { id })
    const { sweep } = await sweepStale(ledger.as())
    expect(sweep.counts).toEqual({ failed: 0, canceled: 1 })
    expect(await stored(ledger, id)).toMatchObject({ state: 'canceled', errorCode: 'canceled' })
    expect((await eventTypes(ledger, id)).at(-1)).toBe('run.canceled')
  })

  it('goes by what a script says of itself, in its project alone', async () => {
    const ledger = at()
    const [mine, theirs] = [ledger.tenant(), ledger.tenant()]
    const [short, long] = [unique('short'), unique('long')]
    const { projectId } = mine
    await putScript(ledger.as(), { name: short, projectId, staleAfterSeconds: 7_200 })
    await putScript(ledger.as(), { name: long, projectId, staleAfterSeconds: 5 * DAY })
    const [over = ''] = await begun(ledger, mine.worker, 3 * HOUR, { kind: short })
    const [under = ''] = await begun(ledger, mine.worker, HOUR, { kind: short })
    const [other = ''] = await begun(ledger, theirs.worker, 3 * HOUR, { kind: short })
    const [patient = ''] = await begun(ledger, mine.worker, 4 * DAY, { kind: long })
    const { sweep, scriptNames } = await sweepStale(ledger.as())
    expect(scriptNames).toEqual([short])
    expect((await stored(ledger, over)).error).toBe('Script marked as failed - exceeded 2 hour timeout')
    for (const id of [under, other, patient]) expect((await stored(ledger, id)).state).toBe('running')
    expect(sweep.policy).toMatchObject({
      staleAfterSeconds: THREE_DAYS,
      scripts: expect.arrayContaining([
        expect.objectContaining({ name: short, projectId, staleAfterSeconds: 7_200 }),
      ]),
    })
  })

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
    await ledger.shift(ids, 'startedAt', -THREE_DAYS - 60)
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
      await ledger.shift([id], 'startedAt', -THREE_DAYS - 60)
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
    await ledger.shift(
      held.map(({ id }) => id),
      'startedAt',
      -THREE_DAYS - 60,
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

  it('that only looks counts by script, and touches nothing', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const [more, less] = [unique('more'), unique('less')]
    const ids = [
      ...(await begun(ledger, worker, 4 * DAY, { kind: less })),
      ...(await begun(ledger, worker, 4 * DAY, { kind: more, count: 3 })),
    ]
    const before = await Promise.all(ids.map((id) => wholeOf(ledger, id)))
    const { total, scriptNames, sweep } = await sweepStale(ledger.as(), { dryRun: true })
    expect({ total, scriptNames }).toEqual({ total: 4, scriptNames: [more, less] })
    expect(sweep).toMatchObject({
      status: 'completed',
      dryRun: true,
      plan: { scripts: { [more]: 3, [less]: 1 } },
      counts: { failed: 0, canceled: 0 },
    })
    expect(await Promise.all(ids.map((id) => wholeOf(ledger, id)))).toEqual(before)
    expect(await ledger.store.runs.get([sweep.id])).toEqual([null])
    await sweepStale(ledger.as())
  })

  it('stands among the runs as cleanupStaleScripts, with what it did', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 2 })
    const { sweep } = await sweepStale(ledger.as())
    expect(sweep).toMatchObject({
      kind: 'stale',
      status: 'completed',
      more: false,
      requestedBy: 'system',
      errors: [],
    })
    expect(await stored(ledger, sweep.id)).toMatchObject({
      kind: 'cleanupStaleScripts',
      projectId: null,
      state: 'succeeded',
      progressMessage: '2 stale runs of 1 script ended',
      createdBy: 'system',
    })
    expect(await eventTypes(ledger, sweep.id)).toEqual(['run.started', 'run.succeeded'])
    const nothing = await sweepStale(ledger.as())
    expect((await stored(ledger, nothing.sweep.id)).progressMessage).toBe('nothing was stale')
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

  it('that the database stops half-way says what it did, and throws what stopped it', async () => {
    const ledger = at()
    await begun(ledger, ledger.tenant().worker, 4 * DAY, { count: 4 })
    const { sweeps } = ledger.ports
    let batches = 0
    const endStale: typeof sweeps.endStale = async (batch) => {
      if (batches++ === 1) await ledger.store.raw('SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(4)')
      return sweeps.endStale(batch)
    }
    const thrown = await refusal(
      sweepStale({ ...ledger.as(), sweeps: { ...sweeps, endStale } }, {}, { batch: 2 }),
    )
    expect(thrown.code).toBe('unavailable')
    const [sweep] = await sweeps.list({ limit: 1 })
    expect(sweep).toMatchObject({ status: 'partial', errors: [{ item: null, message: thrown.message }] })
    expect(await stored(ledger, must(sweep).id)).toMatchObject({ state: 'failed', error: thrown.message })
    await sweepStale(ledger.as())
  })

  it('whose process is killed has failed once its time is over, as a sweep and as a run', async () => {
    const ledger = at()
    const { sweeps } = ledger.ports
    const never = Promise.withResolvers<never>()
    const findStale = () => never.promise
    const id = ledger.ports.newId()
    const ctx = { ...ledger.as(), newId: () => id, sweeps: { ...sweeps, findStale } }
    void sweepStale(ctx)
    await expect
      .poll(async () => (await ledger.store.runs.get([id]))[0]?.state, { timeout: 30_000 })
      .toBe('running')
    expect(await sweeps.get(id)).toMatchObject({ status: 'running', more: false })
    await ledger.store.raw(
      `UPDATE sweeps SET "leaseExpiresAt" = now() - interval '1 second' WHERE id = '${id}'`,
    )
    await ledger.shift([id], 'leaseExpiresAt', -86_400)
    await sweepLost(ledger.as())
    expect(await sweeps.get(id)).toMatchObject({ status: 'failed', more: true, errors: [{ item: null }] })
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
  })
})

describe('on SQLite', () => {
  const at = useLedger(SQLITE)

  it('there are no sweeps: they need a server', async () => {
    expect(await refusal(startSweep(at().as(), { kind: 'stale' }))).toMatchObject({ code: 'unavailable' })
  })
})
