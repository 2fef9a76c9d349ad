import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionPlace, DeletionSearch, DueCandidate } from '../../ports/deletion-store.ts'
import { retentionBy } from '../../run/retention.ts'
import { oldEnoughAt, type RetentionPolicies, type RetentionPolicy } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'
import { judging } from '../retention/judging.ts'

/** Which runs a pass is about, and what they are judged by. */
export interface DueScope {
  policies: RetentionPolicies
  /** Of these states alone. */
  states?: Run['state'][] | undefined
  /** Archived ones, too. */
  withArchived: boolean
  /** What else must hold. */
  isMeant?: (policy: RetentionPolicy) => boolean
}

/** A run that is due to be deleted, and what says so. */
export interface DueRun<R extends DueCandidate = DeletableRun> {
  run: R
  policy: RetentionPolicy
}

/** Those of the runs that one look goes over, and where in the walk it begins; null: at its beginning. */
export interface DuePage<R extends DueCandidate = DeletableRun> {
  from: DeletionPlace | null
  due: DueRun<R>[]
}

/** The runs that are due at an instant, page after page, from a place on. */
export interface DueWalks {
  whole(at: string, from: DeletionPlace | null): AsyncIterable<DuePage>
  /** With little of each run: for those who count. */
  brief(at: string, from: DeletionPlace | null): AsyncIterable<DuePage<DueCandidate>>
}

/** Runs that are looked at at once. */
const PAGE = 4_000
export const FIRST: DeletionPlace = { isArchived: false, at: '-infinity', id: '' }
const FIRST_ARCHIVED: DeletionPlace = { ...FIRST, isArchived: true }

/**
 * Runs that are due by policies, those that ended first before the rest: a walk along an index, in little memory. While one page is
 * worked on the next is read.
 */
export function dueRuns(ctx: Context, scope: DueScope): DueWalks {
  const { deletions } = ctx
  return {
    whole: (at, from) => walk(ctx, { scope, at, from }, (search) => deletions.candidates(search)),
    brief: (at, from) => walk(ctx, { scope, at, from }, (search) => deletions.briefCandidates(search)),
  }
}

interface Walk {
  scope: DueScope
  at: string
  from: DeletionPlace | null
}

async function* walk<R extends DueCandidate>(
  ctx: Context,
  { scope, at, from: first }: Walk,
  candidates: (search: DeletionSearch) => Promise<{ runs: R[]; next: DeletionPlace | null }>,
): AsyncGenerator<DuePage<R>> {
  const until = oldEnoughAt(scope.policies, at, ['deleteAfterDays'])
  if (until === null) return
  const judge = judging<R>(ctx, scope.policies)
  const look = (place: DeletionPlace) => candidates({ until, states: scope.states, place, limit: PAGE })
  const start = first ?? FIRST
  for (let place: DeletionPlace | null = start, page = look(start); place !== null; ) {
    const from: DeletionPlace = place
    const { runs, next } = await page
    place = next ?? (scope.withArchived && !from.isArchived ? FIRST_ARCHIVED : null)
    if (place !== null) page = look(place)
    // Where nobody comes back for it, nobody has to hear of it.
    page.catch(() => {})
    const due = (await judge(runs)).filter(({ run, policy, isOfLast }) => {
      if (!run.isFree || scope.isMeant?.(policy) === false) return false
      return retentionBy(run, policy, { at, isOfLast }).delete.due
    })
    yield { from, due }
  }
}
