import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { usualOf } from '../../run/breaker.ts'
import { RunId } from '../../run/ids.ts'
import type { Run } from '../../run/run.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { lastSweeps } from '../retention/last-sweeps.ts'
import { type PoliciesInForce, readPolicies } from '../retention/policies.ts'
import { getSweep } from '../retention/sweeps.ts'
import type { PlannedKind } from './plan-deletion.ts'

export const ReviewSweep = z.strictObject({ id: RunId })
export type ReviewSweep = z.input<typeof ReviewSweep>

/** A sweep that waits for somebody, and what they have to know. */
export interface ReviewedSweep {
  sweep: Sweep
  /** What passes of its kind delete: how many were looked at, and the middle of them; null: there are none. */
  usual: { passes: number; median: number | null }
  /** All runs that are not deleted, roughly where they are many. */
  population: number
  /** Of which kinds they are, those with most of them first; empty where that was not noted. */
  kinds: PlannedKind[]
  /** Some of those it would delete, as far as they are still there. */
  sample: Run[]
  /** Of one that was held: the policies in force by now. */
  policies: PoliciesInForce | null
  /** They are other ones than it went by: nobody can let it through any more. */
  isOutdated: boolean
  /** Of one that was held: the newest of its kind, where it has been made since. */
  later: Sweep | null
}

const PASSES = 50
const SAMPLE = 10
const Sampled = z.object({ sample: z.array(z.string()) })
const Counted = z.object({
  kinds: z.array(z.object({ kind: z.string(), runs: z.number(), bytes: z.number() })),
})

/** What a sweep that deletes would let go, beside what is usual. Throws `not_found`. */
export async function reviewSweep(ctx: Context, input: ReviewSweep): Promise<ReviewedSweep> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(ReviewSweep, input)
  const sweep = await getSweep(ctx, { id })
  const sampled = Sampled.safeParse(sweep.plan)
  const ids = sampled.success ? sampled.data.sample.slice(0, SAMPLE) : []
  const isHeld = sweep.status === 'needs_approval'
  const [passes, population, sample, policies, later] = await Promise.all([
    ctx.approvals.passes(sweep.kind, PASSES),
    ctx.approvals.population(),
    ids.length === 0 ? [] : ctx.runs.get(ids),
    isHeld ? readPolicies(ctx) : null,
    isHeld ? laterOf(ctx, sweep) : null,
  ])
  return {
    sweep,
    usual: usualOf(passes),
    population,
    kinds: Counted.safeParse(sweep.plan).data?.kinds ?? [],
    sample: sample.flatMap((run) => run ?? []),
    policies,
    isOutdated: policies !== null && policies.revision !== sweep.policy.revision,
    later,
  }
}

/** Of sweeps over the runs of a script each is about another one. */
async function laterOf(ctx: Context, { id, kind }: Sweep): Promise<Sweep | null> {
  const sweeps = kind === 'script' ? [] : await lastSweeps(ctx, kind)
  const last = sweeps.find(({ status }) => status !== 'running')
  return last !== undefined && last.id > id ? last : null
}
