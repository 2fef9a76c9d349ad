import type { Context } from '../../ports/context.ts'
import type { RunStats } from '../../run/stats.ts'
import { requireScope } from '../require-scope.ts'
import { runStats } from './run-stats.ts'

const DAY_MS = 86_400_000

/**
 * Statistics of the days that data is kept (`DELETE_AFTER_DAYS`; where it is never deleted, of all days): what ended in them, archived
 * or not, and what waits or runs now. Source 000's run statistics.
 */
export async function keptRunStats(ctx: Context): Promise<RunStats> {
  requireScope(ctx, 'runs:read')
  const { deleteAfterDays } = ctx.retention.defaults
  const since = deleteAfterDays === null ? 0 : Math.max(0, ctx.now() - deleteAfterDays * DAY_MS)
  return await runStats(ctx, { since: new Date(since).toISOString() })
}
