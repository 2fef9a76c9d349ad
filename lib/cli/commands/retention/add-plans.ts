import type { Amount, RetentionPlan } from '../../../run/retention-plan.ts'

/** Two parts of one plan as one; where it goes on is what the second one says. */
export function addPlans(a: RetentionPlan, b: RetentionPlan): RetentionPlan {
  return {
    ...a,
    examined: a.examined + b.examined,
    archive: addPlanned(a.archive, b.archive),
    delete: addPlanned(a.delete, b.delete),
    kept: addByName(
      a.kept,
      b.kept,
      ({ rule }) => rule,
      (one, other) => ({ ...one, ...add(one, other) }),
    ),
    kinds: addByName(
      a.kinds,
      b.kinds,
      ({ kind }) => kind,
      (one, other) => ({
        ...one,
        archive: add(one.archive, other.archive),
        delete: add(one.delete, other.delete),
      }),
    ),
    stopped: b.stopped,
    nextCursor: b.nextCursor,
  }
}

const add = (a: Amount, b: Amount): Amount => ({ runs: a.runs + b.runs, bytes: a.bytes + b.bytes })

type Planned = RetentionPlan['archive']
const addPlanned = (a: Planned, b: Planned): Planned => ({
  ...add(a, b),
  sample: [...a.sample, ...b.sample].slice(0, Math.max(a.sample.length, b.sample.length)),
})

function addByName<T>(a: T[], b: T[], nameOf: (one: T) => string, sum: (one: T, other: T) => T): T[] {
  const all = new Map(a.map((one) => [nameOf(one), one]))
  for (const other of b) {
    const one = all.get(nameOf(other))
    all.set(nameOf(other), one === undefined ? other : sum(one, other))
  }
  return [...all.values()]
}
