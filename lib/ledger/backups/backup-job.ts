import type { Context } from '../../ports/context.ts'
import { backupLedger } from './backup-ledger.ts'

/** What a cron job gives its work. */
interface JobWork {
  signal: AbortSignal
  budgetMs: number
}

interface JobResult {
  success: boolean
  message: string
  metrics: Record<string, unknown>
}

/** Of the time a job has, what a backup may read for; what is left goes to removing old ones. */
const SHARE = 0.85

/** Backs the ledger up, and removes what is more than the number that is kept. */
export async function backupLedgerJob(ctx: Context, { signal, budgetMs }: JobWork): Promise<JobResult> {
  const { backup, removed } = await backupLedger(ctx, { signal, budgetMs: budgetMs * SHARE })
  const { id, tables, rows, bytes } = backup
  const message = `${rows} rows of ${tables} tables are in the backup ${id}; ${removed.length} older ones removed`
  return { success: true, message, metrics: { id, tables, rows, bytes, removed: removed.length } }
}
