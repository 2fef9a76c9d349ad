import type { Context } from '../../ports/context.ts'
import { archiveOldRunsJob, verifyArchivesJob } from '../archives/archive-jobs.ts'
import { keepAuditHead } from '../audit/keep-audit-head.ts'
import { backupLedgerJob } from '../backups/backup-job.ts'
import { cleanupOldRunsJob, cleanupScriptRunsJob, reconcileStorageJob } from '../deletion/deletion-jobs.ts'
import { sweepStale } from '../retention/sweep-stale.ts'
import { sampleStorage } from '../storage/sample-storage.ts'
import { cleanupExpired } from './cleanup-expired.ts'
import { cleanupOldExecutions } from './cleanup-old-executions.ts'

/** What a builtin is told of its execution. */
export interface BuiltinWork {
  executionId: string
  /** Aborts when its time is over, or the server stops. */
  signal: AbortSignal
  /** How much time it has. */
  budgetMs: number
}

/** How a builtin ended. Source 003. */
export interface BuiltinResult {
  success: boolean
  message: string
  metrics: Record<string, unknown>
}

export type Builtin = (ctx: Context, work: BuiltinWork) => Promise<BuiltinResult>

/** What the program can do by itself, by name. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  async cleanupStaleScripts(ctx, { executionId, signal, budgetMs }) {
    const options = { signal, budgetMs: Math.min(budgetMs * 0.9, SWEEP_MS), cronExecutionId: executionId }
    const { sweep, total, scriptNames, thresholdDate } = await sweepStale(ctx, {}, options)
    const scriptsAffected = scriptNames.length
    const scripts = `${scriptsAffected} ${scriptsAffected === 1 ? 'script' : 'scripts'}`
    return {
      success: sweep.status === 'completed',
      message: `${total} stale ${total === 1 ? 'run' : 'runs'} of ${scripts} ended`,
      metrics: {
        sweepId: sweep.id,
        totalLogsUpdated: total,
        scriptsAffected,
        thresholdDate,
      },
    }
  },
  async cleanupOldExecutions(ctx, { signal, budgetMs }) {
    const metrics = await cleanupOldExecutions(ctx, {}, { signal, budgetMs: budgetMs * 0.9 })
    return { success: true, message: `${metrics.deleted} executions removed`, metrics }
  },
  async cleanupExpired(ctx, { signal, budgetMs }) {
    const metrics = await cleanupExpired(ctx, { signal, budgetMs: budgetMs * 0.9 })
    const message = `${metrics.limits} counters and ${metrics.deliveries} deliveries removed`
    return { success: true, message, metrics: { ...metrics } }
  },
  archiveOldRuns: archiveOldRunsJob,
  verifyArchives: verifyArchivesJob,
  cleanupOldRuns: cleanupOldRunsJob,
  cleanupScriptRuns: cleanupScriptRunsJob,
  reconcileStorage: reconcileStorageJob,
  backupLedger: backupLedgerJob,
  async keepAuditHead(ctx, { budgetMs }) {
    const { head, checked, broken, more } = await keepAuditHead(ctx, { budgetMs: budgetMs * 0.9 })
    const message =
      broken === null ? `${checked} rows of the audit hold` : `row ${broken.seq}: ${broken.because}`
    return { success: broken === null, message, metrics: { seq: head?.seq ?? null, checked, more } }
  },
  async sampleStorage(ctx, { signal, budgetMs }) {
    const { sample, walked, more } = await sampleStorage(ctx, { signal, budgetMs: budgetMs * 0.9 })
    const message = `${walked} runs counted${more ? '; time ran out, and the next one goes on' : ''}`
    return { success: true, message, metrics: { day: sample?.day ?? null, walked, more } }
  },
}

const SWEEP_MS = 240_000
