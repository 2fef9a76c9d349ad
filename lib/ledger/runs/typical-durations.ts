import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { percentileMs } from '../../run/durations.ts'
import { RunKind } from '../../run/ids.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

export const GetTypical = z.strictObject({ kinds: z.array(RunKind).max(100) })
export type GetTypical = z.input<typeof GetTypical>

/** How long the runs of a kind take that succeed, at most 19 % too high. */
export interface TypicalDuration {
  medianMs: number
  p95Ms: number
}

/**
 * What runs of these kinds usually take, by kind: since ever, or for a key of a project, of its runs of the last three days. Nothing of
 * a kind none of which has succeeded.
 */
export async function typicalDurations(
  ctx: Context,
  input: GetTypical,
): Promise<ReadonlyMap<string, TypicalDuration>> {
  requireScope(ctx, 'runs:read')
  const { kinds } = parseInput(GetTypical, input)
  const found = await ctx.runs.durations({
    kinds: [...new Set(kinds)],
    projectId: ctx.actor.projectId ?? undefined,
  })
  const typical = new Map<string, TypicalDuration>()
  for (const { kind, buckets } of found) {
    const [medianMs, p95Ms] = [percentileMs(buckets, 0.5), percentileMs(buckets, 0.95)]
    if (medianMs !== null && p95Ms !== null) typical.set(kind, { medianMs, p95Ms })
  }
  return typical
}
