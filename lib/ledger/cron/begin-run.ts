import type { Context } from '../../ports/context.ts'
import type { ClaimedExecution } from '../../ports/cron-store.ts'
import { queueTopic } from '../runs/watch-queue.ts'
import { runOf } from './fire-jobs.ts'

/** Enqueues the run of a claimed execution, which then waits for its end. False where it is no run that the job is for. */
export async function beginRun(ctx: Context, { execution, job }: ClaimedExecution): Promise<boolean> {
  const run = runOf(ctx, job, execution.id)
  if (run === undefined) return false
  if (await ctx.cron.attachRun(execution, run)) ctx.signals.emit(queueTopic(job.projectId))
  return true
}
