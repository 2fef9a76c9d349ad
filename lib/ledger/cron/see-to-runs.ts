import type { Context } from '../../ports/context.ts'
import { beginRun } from './begin-run.ts'
import { endWithRuns } from './end-executions.ts'
import { fireDue } from './fire-jobs.ts'
import { EXECUTION_GRACE_MS } from './one-round.ts'

const MOST = 20
const ENQUEUE = 'enqueue'

/**
 * What can be done for cron jobs that enqueue runs by whoever comes by: executions take the outcome of their runs, what is due is
 * fired, what waits begins. All other jobs need a tick, and are left to it.
 */
export async function seeToRuns(ctx: Context, until: number): Promise<void> {
  const { at, ended, due, waiting } = await ctx.cron.look()
  if (ended) await endWithRuns(ctx, at)
  if (due) await fireDue(ctx, at, until, ENQUEUE)
  if (!waiting || ctx.now() >= until) return
  const claimed = await ctx.cron.claim({
    at,
    limit: MOST,
    graceMs: EXECUTION_GRACE_MS,
    requestId: ctx.requestId,
    action: ENQUEUE,
  })
  for (const one of claimed) await beginRun(ctx, one)
}
