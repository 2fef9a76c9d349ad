import { z } from 'zod'
import { RunId } from './ids.ts'
import { RetentionTerms } from './retention-policy.ts'
import { VerdictRule } from './retention-verdict.ts'

const Count = z.number().int().min(0)
const Amount = z.object({ runs: Count, bytes: Count })
/** How many runs, and what they take. */
export type Amount = z.infer<typeof Amount>

/** One run of many that something will happen to. */
export const PlannedRun = z.object({
  runId: RunId,
  kind: z.string(),
  projectId: z.string().nullable(),
  at: z.iso.datetime(),
  because: z.string(),
})
export type PlannedRun = z.infer<typeof PlannedRun>

const Planned = Amount.extend({
  sample: z.array(PlannedRun).meta({ description: 'Some of them' }),
})

/** What policies come to at an instant, or the part of it that there was time for. */
export const RetentionPlan = z
  .object({
    at: z.iso.datetime().meta({ description: 'The instant it is made for' }),
    revision: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'Of the policies; null: of those that were given' }),
    hash: z.string().meta({ description: 'Of rules and defaults' }),
    terms: RetentionTerms.meta({ description: 'Where no rule says otherwise' }),
    examined: Count.meta({ description: 'Runs that are old enough for any of the rules' }),
    archive: Planned.meta({ description: 'Would be archived by then, as far as time goes' }),
    delete: Planned.meta({ description: 'Would be deleted by then' }),
    kept: z
      .array(Amount.extend({ rule: VerdictRule }))
      .meta({ description: 'Old enough to be deleted, and kept: by which rule' }),
    kinds: z
      .array(z.object({ kind: z.string(), archive: Amount, delete: Amount }))
      .meta({ description: 'Those with most first' }),
    stopped: z.enum(['time']).nullable().meta({
      description: '`time`: it ran out, and this is a part; go on with `nextCursor` and add. Null: it is all',
    }),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'RetentionPlan', description: 'What policies come to; nothing has been touched' })
export type RetentionPlan = z.infer<typeof RetentionPlan>

const SAMPLE = 10

/** A plan, and the part of it that goes on where it stopped, as one. */
export function joinPlans(before: RetentionPlan, then: RetentionPlan): RetentionPlan {
  return {
    ...then,
    examined: before.examined + then.examined,
    archive: joinPlanned(before.archive, then.archive),
    delete: joinPlanned(before.delete, then.delete),
    kept: join(before.kept, then.kept, ({ rule }) => rule, addAmounts),
    kinds: join(
      before.kinds,
      then.kinds,
      ({ kind }) => kind,
      (a, b) => ({
        ...a,
        archive: addAmounts(a.archive, b.archive),
        delete: addAmounts(a.delete, b.delete),
      }),
    ),
  }
}

type Planned = RetentionPlan['archive']

const addAmounts = <A extends Amount>(a: A, b: Amount): A => ({
  ...a,
  runs: a.runs + b.runs,
  bytes: a.bytes + b.bytes,
})

const joinPlanned = (a: Planned, b: Planned): Planned => ({
  ...addAmounts(a, b),
  sample: [...a.sample, ...b.sample].slice(0, SAMPLE),
})

function join<T>(before: T[], then: T[], keyOf: (one: T) => string, add: (a: T, b: T) => T): T[] {
  const all = new Map(before.map((one) => [keyOf(one), one]))
  for (const one of then) {
    const other = all.get(keyOf(one))
    all.set(keyOf(one), other === undefined ? one : add(other, one))
  }
  return [...all.values()]
}
