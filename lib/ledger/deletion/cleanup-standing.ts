import type { Context } from '../../ports/context.ts'
import type { CleanupStats, CleanupStatus } from '../../run/deletion.ts'
import type { Sweep } from '../../run/sweep.ts'
import { requireScope } from '../require-scope.ts'
import { lastSweeps } from '../retention/last-sweeps.ts'

/** The job that makes cleanups. */
export const CLEANUP_JOB = 'daily-script-run-cleanup'

/** When cleanups are made, whether one is under way, and what the last one came to. Source 000. */
export async function cleanupStatus(ctx: Context): Promise<CleanupStatus> {
  requireScope(ctx, 'admin')
  const [nextRunTime, sweeps] = await Promise.all([nextCleanup(ctx), lastSweeps(ctx, 'cleanup')])
  const last = sweeps.find(hasWorked)
  return {
    nextRunTime,
    lastRunTime: sweeps[0]?.startedAt ?? null,
    isRunning: sweeps.some(({ status }) => status === 'running'),
    lastRunStats:
      last === undefined
        ? null
        : {
            deletedRuns: last.counts.deletedRuns ?? 0,
            freedSpace: last.bytes,
            duration: last.durationMs ?? 0,
          },
  }
}

/** What all cleanups have come to. Source 000. */
export async function cleanupStats(ctx: Context): Promise<CleanupStats> {
  requireScope(ctx, 'admin')
  const [next, sweeps, totals] = await Promise.all([
    nextCleanup(ctx),
    lastSweeps(ctx, 'cleanup'),
    ctx.approvals.totals('cleanup'),
  ])
  return {
    lastCleanup: sweeps.find(hasWorked)?.completedAt ?? null,
    deletedRuns: totals.runs,
    freedSpace: totals.bytes,
    nextCleanup: next,
  }
}

const hasWorked = ({ status }: Sweep) => status === 'completed' || status === 'partial'

async function nextCleanup(ctx: Context): Promise<string | null> {
  const job = await ctx.cron.getJob(CLEANUP_JOB)
  return job?.isEnabled ? job.nextRunAt : null
}
