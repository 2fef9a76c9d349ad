import type { Context } from '../../ports/context.ts'
import type { Sweep } from '../../run/sweep.ts'
import { type JobResult, type JobWork, sweepMetricsOf, sweepOptionsOf } from '../retention/sweep-jobs.ts'
import { sweepCleanup } from './cleanup-old-runs.ts'
import { sweepDelete } from './sweep-delete.ts'
import { sweepPurge } from './sweep-purge.ts'
import { sweepReconcile } from './sweep-reconcile.ts'

/** Deletes what is due, then what deleted runs have left behind. Source 002's `cleanup_old_runs`. */
export async function cleanupOldRunsJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const began = ctx.now()
  const deleted = await sweepDelete(ctx, {}, sweepOptionsOf(work, work.budgetMs * 0.7))
  const left = work.budgetMs - (ctx.now() - began)
  const purged = await sweepPurge(ctx, {}, sweepOptionsOf(work, left))
  return {
    success: hasWorked(deleted) && hasWorked(purged),
    message: `${inWords(deleted)}; ${purged.counts.purgedRuns ?? 0} runs purged`,
    metrics: { deleted: sweepMetricsOf(deleted), purged: sweepMetricsOf(purged) },
  }
}

/** Source 000's cleanup. */
export async function cleanupScriptRunsJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepCleanup(ctx, {}, sweepOptionsOf(work, work.budgetMs))
  return { success: hasWorked(sweep), message: inWords(sweep), metrics: sweepMetricsOf(sweep) }
}

/** Compares the database and the object store. */
export async function reconcileStorageJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepReconcile(ctx, {}, sweepOptionsOf(work, work.budgetMs))
  const { objects = 0, orphans = 0, missing = 0, resumed = 0 } = sweep.counts
  const message = `${objects} objects looked at: ${orphans} unknown, ${missing} runs miss some; ${resumed} deletions gone on with`
  return { success: hasWorked(sweep), message, metrics: sweepMetricsOf(sweep) }
}

/** One that waits for somebody has done its work; the alert says the rest. */
const hasWorked = ({ status }: Sweep) => status === 'completed' || status === 'needs_approval'

function inWords({ status, plan, counts }: Sweep): string {
  return status === 'needs_approval'
    ? `${String(plan.runs)} runs wait to be approved, none was deleted`
    : `${counts.deletedRuns ?? 0} runs deleted`
}
