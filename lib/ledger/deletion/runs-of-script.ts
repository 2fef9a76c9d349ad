import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionPlace } from '../../ports/deletion-store.ts'
import { holdEnd, isHeld } from '../../run/hold.ts'
import { policyFor, type RetentionPolicies } from '../../run/retention-policy.ts'
import { isFinal } from '../../run/transitions.ts'
import { type DuePage, type DueWalks, FIRST } from './due-runs.ts'

const PAGE = 2_000

interface OfScript {
  scriptId: number
  policies: RetentionPolicies
  /** Told of each run that may not be deleted, and why, while the others are. */
  skip: (id: string, why: string) => void
}

/** Every run of a script that may be deleted and had ended at an instant, however young; in the order in which they were made. */
export function runsOfScript(ctx: Context, { skip, ...of }: OfScript): DueWalks {
  return {
    whole: (at, from) => walk(ctx, { ...of, skip, at, from }),
    brief: (at, from) => walk(ctx, { ...of, skip: () => {}, at, from }),
  }
}

async function* walk(
  ctx: Context,
  { scriptId, policies, skip, at, from: first }: OfScript & { at: string; from: DeletionPlace | null },
): AsyncGenerator<DuePage> {
  const now = await ctx.retentionStore.now()
  for (let place: DeletionPlace | null = first ?? FIRST; place !== null; ) {
    const from: DeletionPlace = place
    const runs = await ctx.deletions.ofScript({ scriptId, place: from, limit: PAGE })
    const due = runs.flatMap((run) => {
      const why = whyNot(run, at, now)
      if (why === null) return [{ run, policy: policyFor(run, policies) }]
      skip(run.id, why)
      return []
    })
    yield { from, due }
    place = placeAfter(from, runs)
  }
}

function whyNot(run: DeletableRun, at: string, now: string): string | null {
  const { state, finishedAt, holdUntil, storageState, isFree } = run
  if (!isFinal(state) || finishedAt === null) return `is ${state}`
  if (finishedAt > at) return 'has ended since it was asked for'
  if (holdUntil !== null && isHeld(run, now)) return `is held ${holdEnd(holdUntil)}`
  const isAtRest = storageState === 'active' || storageState === 'archived'
  return isAtRest && isFree ? null : 'is being archived or restored'
}

function placeAfter({ isArchived }: DeletionPlace, runs: DeletableRun[]): DeletionPlace | null {
  const last = runs.length < PAGE ? undefined : runs.at(-1)
  if (last !== undefined) return { isArchived, at: last.createdAt, id: last.id }
  return isArchived ? null : { ...FIRST, isArchived: true }
}
