import { z } from 'zod'
import { ProjectId, RunKind } from './ids.ts'

const Days = z.number().int().min(0).max(36_500)

/** Whether a deleted run leaves its row behind, and its archive until its grace is over. Source 002. */
export const DeletionStrategy = z.enum(['soft', 'hard'])
export type DeletionStrategy = z.infer<typeof DeletionStrategy>

/** What may be said of runs, by its name. */
const terms = {
  archiveAfterDays: Days.nullable().meta({ description: 'Days from `finishedAt`; null: never' }),
  deleteAfterDays: Days.nullable().meta({ description: 'Days from `finishedAt`; null: never' }),
  deleteGraceDays: Days.meta({ description: 'How long what was deleted softly can be restored' }),
  deletionStrategy: DeletionStrategy,
  keepLast: z
    .number()
    .int()
    .min(0)
    .max(10_000)
    .meta({ description: 'So many runs of a kind, the newest of its project, are never deleted' }),
}

/** What holds of a run: a value for each term. */
export const RetentionTerms = z.object(terms)
export type RetentionTerms = z.infer<typeof RetentionTerms>
export type RetentionTerm = keyof RetentionTerms
export const RETENTION_TERMS = Object.keys(terms) as RetentionTerm[]

/** Terms for the runs it names; a rule that names none is for all. Sources 002 and 004. */
export const RetentionRule = z
  .strictObject({
    kind: RunKind.optional().meta({ description: 'Of this kind; default: of any' }),
    projectId: ProjectId.nullable()
      .optional()
      .meta({ description: 'Of this project; null: of none; default: of any' }),
    state: z.enum(['succeeded', 'failed', 'canceled']).optional().meta({ description: 'That ended so' }),
    ...z.object(terms).partial().shape,
  })
  .refine((rule) => RETENTION_TERMS.some((term) => rule[term] !== undefined), 'must say how long, or what')
  .meta({ id: 'RetentionRule', description: 'How long the runs that it names are kept' })
export type RetentionRule = z.infer<typeof RetentionRule>

/** Rules, at most one for each set of runs that can be named. */
export const RetentionRules = z
  .array(RetentionRule)
  .max(1_000)
  .superRefine((rules, check) => {
    const seen = new Set<string>()
    for (const [n, rule] of rules.entries()) {
      const names = JSON.stringify([rule.kind, rule.projectId === undefined ? 0 : rule.projectId, rule.state])
      if (seen.has(names))
        check.addIssue({
          code: 'custom',
          path: [n],
          message: `there is another rule for ${describeRule(rule)}`,
        })
      seen.add(names)
    }
  })
export type RetentionRules = z.infer<typeof RetentionRules>

/** What is in force: what the configuration says, and the rules over it. */
export interface RetentionPolicies {
  defaults: RetentionTerms
  rules: readonly RetentionRule[]
}

/** The terms of one run, and for each where it comes from, in words. */
export const RetentionPolicy = RetentionTerms.extend({
  from: z
    .record(z.string(), z.string())
    .meta({ description: 'Which rule each value comes from', example: { deleteAfterDays: 'failed runs' } }),
}).meta({ id: 'RetentionPolicy', description: 'What holds of one run' })
export type RetentionPolicy = z.infer<typeof RetentionPolicy>

/** A run as rules name it. */
export interface RuledRun {
  kind: string
  projectId: string | null
  state: string
}

/**
 * What holds of a run: of each term, what the most specific rule says that says anything of it. A rule that names the kind comes
 * before one that does not; among those, one that names the project, then one that names the state; the configuration last.
 */
export function policyFor(run: RuledRun, { defaults, rules }: RetentionPolicies): RetentionPolicy {
  const from = Object.fromEntries(RETENTION_TERMS.map((term) => [term, DEFAULTS]))
  const policy: RetentionPolicy = { ...defaults, from }
  const those = rules.filter((rule) => isAbout(rule, run)).toSorted((a, b) => weightOf(a) - weightOf(b))
  for (const rule of those) {
    const said = RETENTION_TERMS.filter((term) => rule[term] !== undefined)
    for (const term of said) {
      Object.assign(policy, { [term]: rule[term] })
      from[term] = describeRule(rule)
    }
  }
  return policy
}

const DAY_MS = 86_400_000
/** What no database keeps lies before it. */
const FIRST_YEAR = Date.parse('0001-01-01T00:00:00.000Z')

/** The instant after which a run must not have ended to be old enough for any policy; null: none is ever old enough. */
export function oldEnoughAt(
  { defaults, rules }: RetentionPolicies,
  at: string,
  terms: readonly ('archiveAfterDays' | 'deleteAfterDays')[],
): string | null {
  const days = [defaults, ...rules]
    .flatMap((rule) => terms.map((term) => rule[term]))
    .filter((value) => typeof value === 'number')
  if (days.length === 0) return null
  return new Date(Math.max(Date.parse(at) - Math.min(...days) * DAY_MS, FIRST_YEAR)).toISOString()
}

export const DEFAULTS = 'the configuration'

/** Which runs a rule is about, in words. */
export function describeRule({ kind, projectId, state }: RetentionRule): string {
  const ofKind = kind === undefined ? [] : [`of kind ${kind}`]
  const ofProject =
    projectId === undefined ? [] : [projectId === null ? 'of no project' : `of project ${projectId}`]
  const named = [...ofKind, ...ofProject]
  if (state === undefined && named.length === 0) return 'all runs'
  return [state === undefined ? 'runs' : `${state} runs`, ...named].join(' ')
}

function isAbout(rule: RetentionRule, run: RuledRun): boolean {
  return (
    (rule.kind === undefined || rule.kind === run.kind) &&
    (rule.projectId === undefined || rule.projectId === run.projectId) &&
    (rule.state === undefined || rule.state === run.state)
  )
}

const weightOf = ({ kind, projectId, state }: RetentionRule) =>
  (kind === undefined ? 0 : 4) + (projectId === undefined ? 0 : 2) + (state === undefined ? 0 : 1)
