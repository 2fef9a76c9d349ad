import type { Context } from '../../ports/context.ts'
import type { Position } from '../../run/cursor.ts'
import type { RetentionPolicy } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'

type OneOfKind = Pick<Run, 'id' | 'createdAt' | 'projectId' | 'kind'>

/** A run, and what holds of it. */
export interface Judged<R extends OneOfKind = OneOfKind> {
  run: R
  policy: RetentionPolicy
}

/** Of each run whether it is one of the last `keepLast` of its kind, in the order asked. */
export type OfLast = (judged: Judged[]) => Promise<boolean[]>

/**
 * Tells the last runs of each kind from the others. What it has learned of a kind it keeps, for the length of one pass: while older
 * runs are being deleted the last ones stay the last ones.
 */
export function ofLast(ctx: Context): OfLast {
  const places = new Map<string, Position | null>()
  return async (judged) => {
    const unknown = new Map(
      judged
        .filter(({ policy }) => policy.keepLast > 0)
        .map((one) => [keyOf(one), toAsked(one)] as const)
        .filter(([key]) => !places.has(key)),
    )
    const found = await ctx.retentionStore.lastOfKind([...unknown.values()])
    for (const [n, key] of [...unknown.keys()].entries()) places.set(key, found[n] ?? null)
    return judged.map((one) => one.policy.keepLast > 0 && !isBefore(one.run, places.get(keyOf(one)) ?? null))
  }
}

const toAsked = ({ run: { projectId, kind }, policy }: Judged) => ({
  projectId,
  kind,
  count: policy.keepLast,
})
const keyOf = (judged: Judged) => JSON.stringify(Object.values(toAsked(judged)))

/** Where there are fewer runs than are kept, none is before the last ones. */
function isBefore(run: OneOfKind, place: Position | null): boolean {
  if (place === null) return false
  return run.createdAt === place.createdAt ? run.id < place.id : run.createdAt < place.createdAt
}
