import { describe, expect, it } from 'vitest'
import { putPolicies } from '../../../lib/ledger/retention/policies.ts'
import { simulatePolicies } from '../../../lib/ledger/retention/simulate-policies.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { oldRuns } from '../deletion/steps.ts'

describe('simulating policies', () => {
  const at = useLedger(POSTGRES)

  it('compares rules with those in force, at one instant, and touches nothing', async () => {
    const ctx = at().as()
    await oldRuns(at(), { count: 12, days: 20, kind: 'poll' })
    const rules = [{ kind: 'poll', deleteAfterDays: 14 }]
    const { edited, inForce } = await simulatePolicies(ctx, { rules })
    expect(edited).toMatchObject({ delete: { runs: 12 }, revision: null, nextCursor: null })
    expect(inForce).toMatchObject({ at: edited.at, delete: { runs: 0 }, revision: 0 })
    expect(await at().store.raw('SELECT count(*)::int AS count FROM runs')).toEqual([{ count: 12 }])
  })

  it('goes on where time ran out, to the same as in one go', async () => {
    const ctx = at().as()
    await oldRuns(at(), { count: 7, days: 50, kind: 'other' })
    const rules = [{ kind: 'poll', deleteAfterDays: 14 }]
    const whole = await simulatePolicies(ctx, { rules })
    let parts = 1
    let simulated = await simulatePolicies(ctx, { rules, at: whole.edited.at }, { budgetMs: 0, pageSize: 5 })
    for (; simulated.edited.nextCursor !== null || simulated.inForce.nextCursor !== null; parts++)
      simulated = await simulatePolicies(ctx, { rules, soFar: simulated }, { budgetMs: 0, pageSize: 5 })
    expect(parts).toBeGreaterThan(3)
    for (const plan of ['edited', 'inForce'] as const) {
      const { sample: _part, ...deleted } = simulated[plan].delete
      const { sample: _whole, ...all } = whole[plan].delete
      expect(deleted).toEqual(all)
      expect(new Map(simulated[plan].kinds.map((one) => [one.kind, one]))).toEqual(
        new Map(whole[plan].kinds.map((one) => [one.kind, one])),
      )
      expect(simulated[plan]).toMatchObject({ examined: whole[plan].examined, stopped: null })
    }
  })

  it('begins anew where the rules are others than those of the part before', async () => {
    const ctx = at().as()
    const none = await simulatePolicies(
      ctx,
      { rules: [{ deleteAfterDays: null }] },
      { budgetMs: 0, pageSize: 5 },
    )
    await putPolicies(ctx, { rules: [{ kind: 'poll', deleteAfterDays: 1 }] })
    let simulated = none
    const rules = [{ deleteAfterDays: 10 }]
    while (simulated.edited.nextCursor !== null || simulated.inForce.nextCursor !== null)
      simulated = await simulatePolicies(ctx, { rules, soFar: simulated }, { budgetMs: 0, pageSize: 5 })
    expect(simulated.edited.delete.runs).toBe(19)
    expect(simulated.inForce.delete.runs).toBe(19)
  })
})
