import type { Context } from '../../ports/context.ts'
import { type JobResult, type JobWork, sweepMetricsOf, sweepOptionsOf } from '../retention/sweep-jobs.ts'
import { sweepArchive } from './sweep-archive.ts'
import { sweepVerify } from './sweep-verify.ts'

/** Archives what is due. Source 002's `archive_old_runs`. */
export async function archiveOldRunsJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepArchive(ctx, {}, sweepOptionsOf(work))
  const { archived = 0, failed = 0 } = sweep.counts
  const trouble = failed === 0 ? '' : `; ${failed} could not be: ${sweep.errors[0]?.message}`
  const message = `${archived} runs archived${sweep.more ? ', and more remain' : ''}${trouble}`
  return { success: sweep.status === 'completed', message, metrics: sweepMetricsOf(sweep) }
}

/** Reads archives again, those that were read longest ago first. */
export async function verifyArchivesJob(ctx: Context, work: JobWork): Promise<JobResult> {
  const sweep = await sweepVerify(ctx, {}, sweepOptionsOf(work))
  const { verified = 0, damaged = 0 } = sweep.counts
  const left = sweep.more ? '; the next pass goes on' : ''
  const message = `${verified} archives are as they must be, ${damaged} are damaged${left}`
  return { success: sweep.status === 'completed', message, metrics: sweepMetricsOf(sweep) }
}
