import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { completeRuns, failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../../../lib/ledger/runs/enqueue-run.ts'
import { keptRunStats } from '../../../lib/ledger/runs/kept-run-stats.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { runStats } from '../../../lib/ledger/runs/run-stats.ts'
import { RunStats } from '../../../lib/run/stats.ts'
import { unique } from '../../support/make.ts'
import { ENGINES, type Tenant, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal, working } from '../steps.ts'

/** Statistics as they are now, and not up to 5 s ago. */
async function statsOf(ledger: TestLedger, { person }: Tenant, input = {}): Promise<RunStats> {
  await ledger.forgetChores()
  return await runStats(person, input)
}

describe.each(ENGINES)('statistics on $name', (engine) => {
  const at = useLedger(engine)

  it('of a project that never ran anything are nothing', async () => {
    const ledger = at()
    const stats = await statsOf(ledger, ledger.tenant())
    expect(stats).toEqual({
      since: stats.since,
      total: 0,
      byState: { queued: 0, running: 0, succeeded: 0, failed: 0, canceled: 0 },
      successRate: null,
      averageDurationMs: null,
      p95DurationMs: null,
      queue: [],
    })
  })

  it('count what waits, runs and has ended', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { person, worker } = tenant
    for (let n = 0; n < 3; n++) await succeedRun(worker, { leaseToken: (await working(tenant)).leaseToken })
    await failRun(worker, { leaseToken: (await working(tenant)).leaseToken, error: 'no luck' })
    await cancelRun(person, { id: (await enqueued(person)).id })
    await working(tenant)
    await enqueueRuns(person, [
      { kind: 'b' },
      { kind: 'a' },
      { kind: 'a' },
      { kind: 'a', runAt: '2999-01-01T00:00:00Z' },
    ])
    const stats = await statsOf(ledger, tenant)
    expect(RunStats.parse(stats)).toEqual(stats)
    expect(stats).toMatchObject({
      total: 10,
      byState: { queued: 4, running: 1, succeeded: 3, failed: 1, canceled: 1 },
      successRate: 0.75,
      queue: [
        { kind: 'a', depth: 3, due: 2, oldestAgeSeconds: expect.any(Number) },
        { kind: 'b', depth: 1, due: 1, oldestAgeSeconds: expect.any(Number) },
      ],
    })
  })

  it('average what worked, and know the longest of it to 19 %', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { person, worker } = tenant
    await enqueueRuns(
      person,
      Array.from({ length: 40 }, () => ({ kind: 'k' })),
    )
    const taken = await claimRuns(worker, { workerId: 'w', limit: 40 })
    await ledger.shift(
      taken.map(({ run }) => run.id),
      'startedAt',
      -10_000,
    )
    const runs = await ledger.store.runs.get(taken.map(({ run }) => run.id))
    const durations = taken.map((_, n) => (n + 1) * 137_003)
    await completeRuns(
      worker,
      taken.map(({ leaseToken }, n) => ({
        outcome: n % 4 === 0 ? 'failed' : 'succeeded',
        ...(n % 4 === 0 ? { error: 'no luck' } : {}),
        leaseToken,
        finishedAt: new Date(Date.parse(runs[n]?.startedAt ?? '') + (durations[n] ?? 0)).toISOString(),
      })),
    )
    await cancelRun(person, { id: (await enqueued(person)).id })
    const stats = await statsOf(ledger, tenant)
    expect(stats.averageDurationMs).toBe(Math.round(durations.reduce((sum, ms) => sum + ms, 0) / 40))
    const p95 = durations[37] ?? 0
    expect(stats.p95DurationMs).toBeGreaterThanOrEqual(p95)
    expect((stats.p95DurationMs ?? 0) / p95).toBeLessThanOrEqual(1.19)
  })

  it('no longer count a run as failed that was retried', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    expect((await statsOf(ledger, tenant)).byState).toMatchObject({ failed: 1, queued: 0 })
    await retryRun(tenant.person, { id })
    expect((await statsOf(ledger, tenant)).byState).toMatchObject({ failed: 0, queued: 1 })
    const [next] = await claimRuns(tenant.worker, { workerId: 'w' })
    await succeedRun(tenant.worker, { leaseToken: next?.leaseToken ?? '' })
    expect(await statsOf(ledger, tenant)).toMatchObject({
      total: 1,
      byState: { failed: 0, queued: 0, succeeded: 1 },
      successRate: 1,
    })
  })

  it('count from the hour that since lies in; the last 24 hours unless told', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await ledger.shift([id], 'startedAt', -200_000)
    const finishedAt = new Date(Date.now() - 180_000_000).toISOString()
    await succeedRun(tenant.worker, { leaseToken, finishedAt })
    await succeedRun(tenant.worker, { leaseToken: (await working(tenant)).leaseToken })
    const counted = async (input: object) => (await statsOf(ledger, tenant, input)).byState.succeeded
    expect(await counted({})).toBe(1)
    expect(await counted({ since: finishedAt })).toBe(2)
    expect(await counted({ since: new Date(Date.parse(finishedAt) + 3_600_000).toISOString() })).toBe(1)
    const { since } = await statsOf(ledger, tenant)
    expect(Date.now() - Date.parse(since) - 86_400_000).toBeLessThan(120_000)
  })

  it('of what is kept are of the days that it is kept, or of all', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await ledger.shift([id], 'startedAt', -3_000_000)
    await succeedRun(tenant.worker, {
      leaseToken,
      finishedAt: new Date(Date.now() - 31 * 86_400_000).toISOString(),
    })
    await ledger.forgetChores()
    const { person } = tenant
    const counted = async (deleteAfterDays: number | null) => {
      const defaults = { ...person.retention.defaults, deleteAfterDays }
      return (await keptRunStats({ ...person, retention: { ...person.retention, defaults } })).total
    }
    expect(await counted(30)).toBe(0)
    for (const days of [32, 36_500, null]) expect(await counted(days)).toBe(1)
  })

  it('are of the key’s own project; a key without one sees all, one, or the system’s', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { person, projectId } = tenant
    await enqueued(person)
    await enqueued(ledger.as(), { kind: 'system' })
    const everywhere = ledger.as('runs:read')
    expect((await runStats(person)).byState.queued).toBe(1)
    expect((await runStats(person, { projectId })).byState.queued).toBe(1)
    expect((await runStats(everywhere, { projectId })).byState.queued).toBe(1)
    expect((await runStats(everywhere, { projectId: null })).queue).toMatchObject([{ kind: 'system' }])
    expect((await runStats(everywhere)).byState.queued).toBeGreaterThanOrEqual(2)
    for (const other of [null, unique('p')])
      expect(await refusal(runStats(person, { projectId: other }))).toMatchObject({ code: 'forbidden' })
  })

  it('refuse what is no instant', async () => {
    for (const since of ['yesterday', '2026-01-01', '9999-12-31T23:59:59-01:00'])
      expect(await refusal(runStats(at().tenant().person, { since }))).toMatchObject({
        code: 'invalid',
        issues: [{ path: 'since' }],
      })
  })
})
