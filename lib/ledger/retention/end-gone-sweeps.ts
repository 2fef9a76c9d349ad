import type { Context } from '../../ports/context.ts'
import type { Sweep, SweepKind } from '../../run/sweep.ts'
import { requireScope } from '../require-scope.ts'
import { tellSweep } from './sweep-alerts.ts'

/**
 * Ends as failed the sweeps whose processes are gone, with what they had noted and where they got to, and says so to the outside.
 * Each is ended once, whoever asks; those that still have time are left alone.
 */
export async function endGoneSweeps(ctx: Context, kind?: SweepKind): Promise<Sweep[]> {
  requireScope(ctx, 'admin')
  const gone = await ctx.sweeps.endGone(kind)
  for (const sweep of gone) {
    ctx.log.warn('a sweep was left by its process', { sweepId: sweep.id, kind: sweep.kind })
    await tellSweep(ctx, sweep)
  }
  return gone
}
