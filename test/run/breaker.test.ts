import { describe, expect, it } from 'vitest'
import { allowanceOf, type BreakerFacts, type PastPass } from '../../lib/run/breaker.ts'

const AT = '2026-11-22T03:00:00.000Z'
const daysAgo = (days: number) => new Date(Date.parse(AT) - days * 86_400_000).toISOString()
const pass = (days: number, overrides: Partial<PastPass> = {}): PastPass => ({
  status: 'completed',
  startedAt: daysAgo(days),
  policyHash: 'p',
  deleted: 2_000,
  ...overrides,
})
const passes = (count: number, overrides: Partial<PastPass> = {}) =>
  Array.from({ length: count }, (_, n) => pass(n + 1, overrides))

function mostOf(facts: Partial<BreakerFacts>): number {
  return allowanceOf({ at: AT, policyHash: 'p', policySetAt: null, passes: [], runs: 1e9, ...facts }).most
}

describe('what a pass may delete by itself', () => {
  it('is a fifth of all runs, where nothing else is known', () => {
    expect(mostOf({ runs: 50_000 })).toBe(10_000)
  })

  it('is three times the median of the last 14 passes, once there are seven', () => {
    expect(mostOf({ passes: passes(6) })).toBe(2e8)
    expect(mostOf({ passes: passes(7) })).toBe(6_000)
    expect(mostOf({ passes: [...passes(8), ...passes(6, { deleted: 9_000 })] })).toBe(6_000)
    const behind = Array.from({ length: 20 }, (_, n) => pass(n + 15, { deleted: 1e6 }))
    expect(mostOf({ passes: [...passes(14), ...behind] })).toBe(6_000)
  })

  it('counts passes that did their work alone', () => {
    const held = passes(10, { status: 'needs_approval', deleted: 0 })
    expect(mostOf({ passes: [...held, ...passes(7)] })).toBe(6_000)
  })

  it('is 1,000 runs in any case', () => {
    expect(mostOf({ runs: 10 })).toBe(1_000)
    expect(mostOf({ passes: passes(14, { deleted: 0 }) })).toBe(1_000)
    expect(mostOf({ policySetAt: AT })).toBe(1_000)
  })

  it('is no more for a day after the policies were set', () => {
    expect(mostOf({ policySetAt: daysAgo(0.9) })).toBe(1_000)
    expect(mostOf({ policySetAt: daysAgo(1.1) })).toBe(2e8)
  })

  it('is no more until a pass by that policy was made a day ago, which one that was held was not', () => {
    const old = passes(5, { policyHash: 'other' })
    expect(mostOf({ passes: old })).toBe(1_000)
    expect(mostOf({ passes: [pass(0.5), ...old] })).toBe(1_000)
    expect(mostOf({ passes: [pass(1), ...old] })).toBe(2e8)
    expect(mostOf({ passes: [pass(1, { status: 'needs_approval' }), ...old] })).toBe(1_000)
  })

  it('says why', () => {
    const because = (facts: Partial<BreakerFacts>) =>
      allowanceOf({ at: AT, policyHash: 'p', policySetAt: null, passes: [], runs: 1e9, ...facts }).because
    expect(because({ runs: 100 })).toBe('that is over 20 % of all 100 runs')
    expect(because({ passes: passes(7) })).toMatch(
      /^the median of the last 7 passes is \d+ runs, and this is over three times as many$/,
    )
    expect(because({ policySetAt: AT })).toContain('policies were changed at')
    expect(because({ passes: passes(5, { policyHash: 'other' }) })).toContain('another policy')
  })
})
