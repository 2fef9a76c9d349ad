import { describe, expect, it } from 'vitest'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { startSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { putScript } from '../../../lib/ledger/scripts/scripts.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { enqueued, eventsOf, eventTypes, refusal, stored, wholeOf, working } from '../steps.ts'
import { beganAgo, begun, DAY, HOUR, THREE_DAYS } from './steps.ts'

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
    await beganAgo(ledger, [id], THREE_DAYS + 60)
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

  describe('of a run that was told of late, out of a spool,', () => {
    const HOURS = 3_600_000
    /** As a spool tells of a run that began so long ago. */
    const told = (worker: Context, msAgo: number, kind = 'synchroFacture') =>
      startRun(worker, {
        id: worker.newId(),
        kind,
        workerId: 'exec:vm:1',
        startedAt: new Date(Date.now() - msAgo).toISOString(),
      })

    it('leaves time for its end to be told', async () => {
      const ledger = at()
      const { worker } = ledger.tenant()
      const { run, leaseToken } = await told(worker, 9 * 24 * HOURS)
      expect(await sweepStale(ledger.as(), { dryRun: true })).toMatchObject({ total: 0 })
      expect(await sweepStale(ledger.as())).toMatchObject({ total: 0 })
      await succeedRun(worker, { leaseToken })
      expect(await stored(ledger, run.id)).toMatchObject({ state: 'succeeded', startedAt: run.startedAt })
    })

    it('leaves it also where the script is stale soon', async () => {
      const ledger = at()
      const { worker, projectId } = ledger.tenant()
      const kind = unique('short')
      await putScript(ledger.as(), { name: kind, projectId, staleAfterSeconds: 60 })
      await told(worker, 0.1 * HOURS, kind)
      expect(await sweepStale(ledger.as())).toMatchObject({ total: 0 })
    })

    it('ends one that goes on an hour later, heartbeats or not', async () => {
      const ledger = at()
      const { worker } = ledger.tenant()
      const { run, leaseToken } = await told(worker, 9 * 24 * HOURS)
      await heartbeatRun(worker, { leaseToken, progress: 40 })
      await ledger.shift([run.id], 'claimedAt', -HOUR + 60)
      expect(await sweepStale(ledger.as())).toMatchObject({ total: 0 })
      await ledger.shift([run.id], 'claimedAt', -61)
      expect(await sweepStale(ledger.as())).toMatchObject({ total: 1 })
      expect(await stored(ledger, run.id)).toMatchObject({ state: 'failed', errorCode: 'stale' })
    })

    it('ends one that was told of at once when its time is over, and not an hour later', async () => {
      const ledger = at()
      const { worker, projectId } = ledger.tenant()
      const kind = unique('short')
      await putScript(ledger.as(), { name: kind, projectId, staleAfterSeconds: 120 })
      const { run } = await told(worker, 30_000, kind)
      await beganAgo(ledger, [run.id], 100)
      expect(await sweepStale(ledger.as())).toMatchObject({ total: 1 })
    })
  })
})

describe('on SQLite', () => {
  const at = useLedger(SQLITE)

  it('there are no sweeps: they need a server', async () => {
    expect(await refusal(startSweep(at().as(), { kind: 'stale' }))).toMatchObject({ code: 'unavailable' })
  })
})
