import type { Context } from '../../ports/context.ts'
import type { Sweep, SweepKind } from '../../run/sweep.ts'

/** So many of the last ones are looked at; those that only looked are among them. */
const LAST = 50

/** The last sweeps of a kind that were to do something, newest first, also those that are still at it. */
export async function lastSweeps(ctx: Context, kind: SweepKind): Promise<Sweep[]> {
  return (await ctx.sweeps.list({ kind, limit: LAST })).filter(({ dryRun }) => !dryRun)
}
