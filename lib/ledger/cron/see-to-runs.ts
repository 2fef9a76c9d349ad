import type { Context } from '../../ports/context.ts'
import { beginRun } from './begin-run.ts'
import { endWithRuns } from './end-executions.ts'
import { fireDue } from './fire-jobs.ts'
import { EXECUTION_GRACE_MS } from './one-round.ts'

const BATCH = 100
const ENQUEUE = 'enqueue'

/**
 * What can be done for cron jobs that enqueue runs by whoever comes by: executions take the outcome of their runs, what is due is
 * fired, what waits begins. By `until` nothing more begins; the next one goes on. All other jobs need a tick, and are left to it.
 */
export async function seeToRuns(ctx: Context, until: number): Promise<void> {
  const { at, expired, ended, due, waiting } = await ctx.cron.look()
  const requeued = expired ? await ctx.cron.requeueExpired(at, BATCH) : 0
  if (ended) await endWithRuns(ctx, at, until)
  if (due) await fireDue(ctx, at, until, ENQUEUE)
  if (!waiting && requeued === 0) return
  const { requestId } = ctx
  const claim = { at, limit: 1, graceMs: EXECUTION_GRACE_MS, requestId, action: ENQUEUE } as const
  while (ctx.now() < until) {
    const [one] = await ctx.cron.claim(claim)
    if (one === undefined) return
    await beginRun(ctx, one)
  }
}
