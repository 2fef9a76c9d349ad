import type { Context } from '../../ports/context.ts'
import type { Sweep } from '../../run/sweep.ts'
import { sweepArchive } from './sweep-archive.ts'
import { sweepVerify } from './sweep-verify.ts'

/** What a cron job gives its work. */
interface JobWork {
  executionId: string
  signal: AbortSignal
  budgetMs: number
}

interface JobResult {
  success: boolean
  message: string
  metrics: Record<string, unknown>
}

const SWEEP_MS = 240_000

/** Archives what is due. Source 002's `archive_old_runs`. */
export async function archiveOldRunsJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepArchive(ctx, {}, optionsOf(work))
  const { archived = 0, failed = 0 } = sweep.counts
  const trouble = failed === 0 ? '' : `; ${failed} could not be: ${sweep.errors[0]?.message}`
  const message = `${archived} runs archived${sweep.more ? ', and more remain' : ''}${trouble}`
  return { success: sweep.status === 'completed', message, metrics: metricsOf(sweep) }
}

/** Reads archives again, those that were read longest ago first. */
export async function verifyArchivesJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepVerify(ctx, {}, optionsOf(work))
  const { verified = 0, damaged = 0 } = sweep.counts
  const message = `${verified} archives are as they must be, ${damaged} are damaged`
  return { success: sweep.status === 'completed', message, metrics: metricsOf(sweep) }
}

const optionsOf = ({ signal, executionId, budgetMs }: JobWork) => ({
  signal,
  budgetMs: Math.min(budgetMs * 0.9, SWEEP_MS),
  cronExecutionId: executionId,
})

const metricsOf = ({ id: sweepId, status, counts, bytes, more }: Sweep) => ({
  sweepId,
  status,
  ...counts,
  bytes,
  more,
})
