import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { type GetOutcomes, type RunOutcomes, runOutcomes } from '../../../lib/ledger/runs/run-outcomes.ts'
import { typicalDurations } from '../../../lib/ledger/runs/typical-durations.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { unique } from '../../support/make.ts'
import { ENGINES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { enqueued, refusal, working } from '../steps.ts'

const HOUR_MS = 3_600_000
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString()

/** As they are now, and not up to 5 s ago. */
async function outcomesOf(
  ledger: TestLedger,
  ctx: Context,
  asked: Partial<GetOutcomes> = {},
): Promise<RunOutcomes> {
  await ledger.forgetChores()
  return await runOutcomes({ ...ctx, now: Date.now }, { since: hoursAgo(5), timed: true, ...asked })
}

describe.each(ENGINES)('how runs ended, by hours, on $name', (engine) => {
  const at = useLedger(engine)

  it('is nothing where nothing ended, hour by hour', async () => {
    const { points, ...rest } = await outcomesOf(at(), at().tenant().person)
    expect(points.length).toBeGreaterThanOrEqual(5)
    expect(points.every(({ succeeded, failed, canceled }) => succeeded + failed + canceled === 0)).toBe(true)
    expect(rest).toEqual({
      total: { succeeded: 0, failed: 0, canceled: 0 },
      successRate: null,
      medianDurationMs: null,
      p95DurationMs: null,
    })
  })

  it('is told apart by state, kind and project, in steps that follow each other', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const kind = unique('k')
    for (let n = 0; n < 3; n++)
      await succeedRun(tenant.worker, { leaseToken: (await working(tenant, { kind })).leaseToken })
    const { leaseToken } = await working(tenant)
    await failRun(tenant.worker, { leaseToken, error: 'no luck' })
    await cancelRun(tenant.person, { id: (await enqueued(tenant.person, { kind })).id })

    const all = await outcomesOf(ledger, tenant.person)
    expect(all.total).toEqual({ succeeded: 3, failed: 1, canceled: 1 })
    expect(all.successRate).toBe(0.75)
    expect(all.medianDurationMs).toBeTypeOf('number')
    const ends = all.points.filter(({ succeeded }) => succeeded > 0)
    expect(ends.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(3)
    for (const [n, { at: begins }] of all.points.entries())
      expect(Date.parse(begins)).toBe(Date.parse(all.points[0]?.at ?? '') + n * HOUR_MS)

    expect((await outcomesOf(ledger, tenant.person, { kind })).total).toEqual({
      succeeded: 3,
      failed: 0,
      canceled: 1,
    })
    expect((await outcomesOf(ledger, ledger.as('runs:read'), { kind })).total.succeeded).toBe(3)
    expect((await outcomesOf(ledger, ledger.tenant().person, { kind })).total.succeeded).toBe(0)
    const wide = await outcomesOf(ledger, tenant.person, { since: hoursAgo(30), stepHours: 24 })
    expect(wide.points).toHaveLength(2)
    expect(wide.total.succeeded).toBe(3)
    const before = await outcomesOf(ledger, tenant.person, { since: hoursAgo(9), before: hoursAgo(4) })
    expect(before.total.succeeded).toBe(0)
  })

  it('refuses more steps than anybody looks at', async () => {
    const refused = await refusal(runOutcomes(at().as('runs:read'), { since: '2001-01-01T00:00:00Z' }))
    expect([refused.code, refused.message]).toEqual(['invalid', expect.stringContaining('400 at most')])
  })

  it('knows how long the runs of a kind usually take, and of a project its own alone', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const [kind, never] = [unique('k'), unique('k')]
    for (let n = 0; n < 3; n++)
      await succeedRun(tenant.worker, { leaseToken: (await working(tenant, { kind })).leaseToken })
    await outcomesOf(ledger, tenant.person)
    const typical = await typicalDurations(tenant.person, { kinds: [kind, kind, never] })
    expect([...typical.keys()]).toEqual([kind])
    const { medianMs = -1, p95Ms = -1 } = typical.get(kind) ?? {}
    expect(p95Ms).toBeGreaterThanOrEqual(medianMs)
    expect(medianMs).toBeGreaterThanOrEqual(1)
    expect((await typicalDurations(ledger.as('runs:read'), { kinds: [kind] })).has(kind)).toBe(true)
    expect((await typicalDurations(ledger.tenant().person, { kinds: [kind] })).size).toBe(0)
  })
})
