import type { Context } from '../../ports/context.ts'
import { isPassing } from '../../run/errors.ts'

/**
 * Throws again what everything would meet by now: the ledger is away. What one thing met alone, as a row that somebody has locked, is
 * for its caller to log, and keeps nobody from the rest.
 */
export async function throwIfAway(ctx: Context, error: unknown): Promise<void> {
  if (!isPassing(error)) return
  await ctx.cron.now().catch(() => {
    throw error
  })
}
