import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { usualOf } from '../../run/breaker.ts'
import { RunId } from '../../run/ids.ts'
import type { Run } from '../../run/run.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getSweep } from '../retention/sweeps.ts'

export const ReviewSweep = z.strictObject({ id: RunId })
export type ReviewSweep = z.input<typeof ReviewSweep>

/** A sweep that waits for somebody, and what they have to know. */
export interface ReviewedSweep {
  sweep: Sweep
  /** What passes of its kind delete: how many were looked at, and the middle of them; null: there are none. */
  usual: { passes: number; median: number | null }
  /** All runs that are not deleted, roughly where they are many. */
  population: number
  /** Some of those it would delete, as far as they are still there. */
  sample: Run[]
}

const PASSES = 50
const SAMPLE = 10
const Sampled = z.object({ sample: z.array(z.string()) })

/** What a sweep that deletes would let go, beside what is usual. Throws `not_found`. */
export async function reviewSweep(ctx: Context, input: ReviewSweep): Promise<ReviewedSweep> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(ReviewSweep, input)
  const sweep = await getSweep(ctx, { id })
  const sampled = Sampled.safeParse(sweep.plan)
  const ids = sampled.success ? sampled.data.sample.slice(0, SAMPLE) : []
  const [passes, population, sample] = await Promise.all([
    ctx.approvals.passes(sweep.kind, PASSES),
    ctx.approvals.population(),
    ids.length === 0 ? [] : ctx.runs.get(ids),
  ])
  return { sweep, usual: usualOf(passes), population, sample: sample.flatMap((run) => run ?? []) }
}
