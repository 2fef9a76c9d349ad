import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionPlace, DeletionSearch, DueCandidate } from '../../ports/deletion-store.ts'
import { retentionBy } from '../../run/retention.ts'
import { policyFor, type RetentionPolicies, type RetentionPolicy } from '../../run/retention-policy.ts'
import type { Run } from '../../run/run.ts'
import { ofLast } from '../retention/of-last.ts'

/** Which runs a pass is about, and what they are judged by. */
export interface DueScope {
  policies: RetentionPolicies
  /** The instant they are judged at. */
  at: string
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

/** Runs that are looked at at once. */
const PAGE = 4_000
const DAY_MS = 86_400_000
const FIRST: DeletionPlace = { isArchived: false, at: '-infinity', id: '' }
const FIRST_ARCHIVED: DeletionPlace = { ...FIRST, isArchived: true }

/**
 * Runs that are due, page after page, those that ended first before the rest: a walk along an index, in little memory. While one page
 * is worked on the next is read.
 */
export function dueRuns(ctx: Context, scope: DueScope): AsyncGenerator<DueRun[]> {
  return walk(ctx, scope, (search) => ctx.deletions.candidates(search))
}

/** The same, with little of each run: for those who count. */
export function dueBriefs(ctx: Context, scope: DueScope): AsyncGenerator<DueRun<DueCandidate>[]> {
  return walk(ctx, scope, (search) => ctx.deletions.briefCandidates(search))
}

async function* walk<R extends DueCandidate>(
  ctx: Context,
  scope: DueScope,
  candidates: (search: DeletionSearch) => Promise<{ runs: R[]; next: DeletionPlace | null }>,
): AsyncGenerator<DueRun<R>[]> {
  const until = cutoffOf(scope)
  if (until === null) return
  const judge = judging<R>(ctx, scope)
  const look = (place: DeletionPlace) => candidates({ until, states: scope.states, place, limit: PAGE })
  for (let place: DeletionPlace | null = FIRST, page = look(FIRST); place !== null; ) {
    const { runs, next } = await page
    place = next ?? (scope.withArchived && !place.isArchived ? FIRST_ARCHIVED : null)
    if (place !== null) page = look(place)
    // Where nobody comes back for it, nobody has to hear of it.
    page.catch(() => {})
    yield await judge(runs)
  }
}

/** What ended later is too young for any rule; null: no rule deletes anything. */
function cutoffOf({ policies: { defaults, rules }, at }: DueScope): string | null {
  const days = [defaults, ...rules]
    .map(({ deleteAfterDays }) => deleteAfterDays)
    .filter((value) => typeof value === 'number')
  return days.length === 0 ? null : new Date(Date.parse(at) - Math.min(...days) * DAY_MS).toISOString()
}

function judging<R extends DueCandidate>(ctx: Context, { policies, at, isMeant = () => true }: DueScope) {
  const known = new Map<string, RetentionPolicy>()
  const last = ofLast(ctx)
  const policyOf = (run: R) => {
    const key = JSON.stringify([run.kind, run.projectId, run.state])
    const policy = known.get(key) ?? policyFor(run, policies)
    known.set(key, policy)
    return policy
  }
  return async (runs: R[]): Promise<DueRun<R>[]> => {
    const judged = runs.map((run) => ({ run, policy: policyOf(run) }))
    const areOfLast = await last(judged)
    return judged.filter(({ run, policy }, n) => {
      if (!run.isFree || !isMeant(policy)) return false
      return retentionBy(run, policy, { at, isOfLast: areOfLast[n] ?? false }).delete.due
    })
  }
}
