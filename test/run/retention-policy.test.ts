import { describe, expect, it } from 'vitest'
import {
  describeRule,
  policyFor,
  RetentionRule,
  RetentionRules,
  type RetentionTerms,
} from '../../lib/run/retention-policy.ts'

const DEFAULTS: RetentionTerms = {
  archiveAfterDays: 7,
  deleteAfterDays: 30,
  deleteGraceDays: 7,
  deletionStrategy: 'soft',
  keepLast: 0,
}
const RUN = { kind: 'report', projectId: 'acme', state: 'failed' }
const deleteAfter = (rules: RetentionRule[], run: typeof RUN | { projectId: null } = RUN) => {
  const policy = policyFor({ ...RUN, ...run }, { defaults: DEFAULTS, rules })
  return [policy.deleteAfterDays, policy.from.deleteAfterDays]
}

describe('the policy of a run', () => {
  it('is the configuration where no rule is about it', () => {
    const rules: RetentionRule[] = [
      { kind: 'other', deleteAfterDays: 1 },
      { projectId: 'other', deleteAfterDays: 1 },
      { projectId: null, deleteAfterDays: 1 },
      { state: 'succeeded', deleteAfterDays: 1 },
      { kind: 'report', state: 'succeeded', deleteAfterDays: 1 },
    ]
    const { from, ...terms } = policyFor(RUN, { defaults: DEFAULTS, rules })
    expect(terms).toEqual(DEFAULTS)
    expect(new Set(Object.values(from))).toEqual(new Set(['the configuration']))
  })

  const ALL: RetentionRule[] = [
    { deleteAfterDays: 1 },
    { state: 'failed', deleteAfterDays: 2 },
    { projectId: 'acme', deleteAfterDays: 3 },
    { projectId: 'acme', state: 'failed', deleteAfterDays: 4 },
    { kind: 'report', deleteAfterDays: 5 },
    { kind: 'report', state: 'failed', deleteAfterDays: 6 },
    { kind: 'report', projectId: 'acme', deleteAfterDays: 7 },
    { kind: 'report', projectId: 'acme', state: 'failed', deleteAfterDays: 8 },
  ]
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is the most specific of %i rules that are about it, in whatever order',
    (count) => {
      const some = ALL.slice(0, count)
      const last = some.at(-1) as RetentionRule
      expect(deleteAfter(some)).toEqual([count, describeRule(last)])
      expect(deleteAfter(some.toReversed())).toEqual([count, describeRule(last)])
    },
  )

  it('takes each term from the most specific rule that has it', () => {
    const rules: RetentionRule[] = [
      { kind: 'report', keepLast: 3 },
      { state: 'failed', deleteAfterDays: 90, keepLast: 1 },
      { archiveAfterDays: 2, deleteAfterDays: 10 },
    ]
    expect(policyFor(RUN, { defaults: DEFAULTS, rules })).toEqual({
      ...DEFAULTS,
      keepLast: 3,
      deleteAfterDays: 90,
      archiveAfterDays: 2,
      from: {
        keepLast: 'runs of kind report',
        deleteAfterDays: 'failed runs',
        archiveAfterDays: 'all runs',
        deleteGraceDays: 'the configuration',
        deletionStrategy: 'the configuration',
      },
    })
  })

  it('can be never, which is a word and no silence', () => {
    expect(deleteAfter([{ deleteAfterDays: 1 }, { kind: 'report', deleteAfterDays: null }])).toEqual([
      null,
      'runs of kind report',
    ])
  })

  it('of a run of no project is by rules for such runs, and not by those for a project', () => {
    const rules: RetentionRule[] = [
      { projectId: null, deleteAfterDays: 5 },
      { projectId: 'acme', deleteAfterDays: 6 },
    ]
    expect(deleteAfter(rules, { projectId: null })).toEqual([5, 'runs of no project'])
    expect(deleteAfter(rules)).toEqual([6, 'runs of project acme'])
  })
})

describe('a rule', () => {
  it.each([
    [{}],
    [{ kind: 'report' }],
    [{ kind: 'report', deleteAfterDays: -1 }],
    [{ kind: 'report', deleteAfterDays: 1.5 }],
    [{ kind: 'report', deleteAfterDays: 36_501 }],
    [{ kind: 'report', deleteAfterDays: '30' }],
    [{ kind: '', deleteAfterDays: 1 }],
    [{ state: 'running', deleteAfterDays: 1 }],
    [{ keepLast: null }],
    [{ keepLast: 10_001 }],
    [{ deletionStrategy: 'never' }],
    [{ deleteAfter: 30 }],
  ])('that is %j is none', (rule) => {
    expect(RetentionRule.safeParse(rule).success).toBe(false)
  })

  it.each([
    [{ deleteAfterDays: 0 }],
    [{ deleteAfterDays: null }],
    [{ projectId: null, archiveAfterDays: 36_500 }],
    [
      {
        kind: 'report',
        projectId: 'acme',
        state: 'canceled',
        deletionStrategy: 'hard',
        keepLast: 10_000,
        deleteGraceDays: 0,
      },
    ],
  ])('may be %j', (rule) => {
    expect(RetentionRule.parse(rule)).toEqual(rule)
  })

  it.each([
    [{ deleteAfterDays: 1 }, 'all runs'],
    [{ state: 'failed', deleteAfterDays: 1 }, 'failed runs'],
    [{ kind: 'a', deleteAfterDays: 1 }, 'runs of kind a'],
    [
      { kind: 'a', projectId: null, state: 'failed', deleteAfterDays: 1 },
      'failed runs of kind a of no project',
    ],
  ] as const)('%j is for %s', (rule, words) => {
    expect(describeRule(rule)).toBe(words)
  })

  it('that another one is for already is refused, by its place', () => {
    const rules = [
      { projectId: null, deleteAfterDays: 1 },
      { deleteAfterDays: 1 },
      { projectId: 'acme', deleteAfterDays: 1 },
      { projectId: null, archiveAfterDays: 1 },
    ]
    const refused = RetentionRules.safeParse(rules)
    expect(refused.error?.issues).toMatchObject([
      { path: [3], message: 'there is another rule for runs of no project' },
    ])
  })
})
