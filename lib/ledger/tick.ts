import type { Context } from '../ports/context.ts'
import { compactLogs } from './logs/compact-logs.ts'
import { sweepOutputs } from './outputs/sweep-outputs.ts'
import { requireScope } from './require-scope.ts'
import { rollUpUntil } from './runs/run-stats.ts'
import { sweepLost } from './runs/sweep-lost.ts'

/** What one tick did. */
export interface Ticked {
  lost: { swept: number; requeued: number; failed: number; canceled: number }
  logs: { compacted: number; failed: number }
  outputs: { swept: number; failed: number; ended: number }
  /** Whether time ran out before the work did; the next tick goes on. */
  more: boolean
}

/**
 * Works off everything outstanding, however late it is called: runs nobody holds, logs of runs that have ended, files
 * that were announced and never came, statistics. Bounded by `budgetMs`, harmless when called twice at once or never.
 */
export async function tick(ctx: Context, { budgetMs = 50_000 }: { budgetMs?: number } = {}): Promise<Ticked> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const lost = { swept: 0, requeued: 0, failed: 0, canceled: 0 }
  let more = true
  while (more && ctx.now() < until) {
    const swept = await sweepLost(ctx)
    for (const key of Object.keys(lost) as (keyof typeof lost)[]) lost[key] += swept[key]
    // A full batch that moved nothing is another tick's work in progress.
    more = swept.more && swept.swept > 0
  }
  const moreStats = await rollUpUntil(ctx, until)
  const { more: moreOutputs, ...outputs } = await sweepOutputs(ctx, until)
  // Last: what there is to do with large logs may take all the time there is.
  const { more: moreLogs, ...logs } = await compactLogs(ctx, until)
  return { lost, logs, outputs, more: more || moreLogs || moreOutputs || moreStats }
}
