import type { Context } from '../../ports/context.ts'
import type { RunStore } from '../../ports/run-store.ts'
import { seeToRuns } from '../cron/see-to-runs.ts'
import { sweepLost } from './sweep-lost.ts'

const EVERY_SECONDS = 15
const FIRE_MS = 200
const lastLook = new WeakMap<RunStore, number>()

/**
 * What claims drive where nobody ticks: lost runs come back, and cron jobs that enqueue runs go on. Every 15 s at most, over all
 * instances, bounded, and never at the cost of the claim. Cron page.
 */
export async function seeToChores(ctx: Context): Promise<void> {
  const last = lastLook.get(ctx.runs) ?? Number.NEGATIVE_INFINITY
  if (ctx.now() - last < EVERY_SECONDS * 1_000) return
  lastLook.set(ctx.runs, ctx.now())
  try {
    if (!(await ctx.limits.due('claims', EVERY_SECONDS))) return
    await sweepLost(ctx, { limit: 100 })
    await seeToRuns(ctx, ctx.now() + FIRE_MS)
  } catch (error) {
    ctx.log.warn('what claims see to was not done; the next one tries again', { error })
  }
}
