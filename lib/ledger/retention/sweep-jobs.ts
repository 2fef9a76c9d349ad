import type { Sweep } from '../../run/sweep.ts'

/** What a cron job gives its work. */
export interface JobWork {
  executionId: string
  signal: AbortSignal
  budgetMs: number
}

export interface JobResult {
  success: boolean
  message: string
  metrics: Record<string, unknown>
}

const SWEEP_MS = 240_000

/** How a sweep is made as a cron job: it ends within the job's time, or what is said of it. */
export const sweepOptionsOf = ({ signal, executionId, budgetMs: whole }: JobWork, budgetMs = whole) => ({
  signal,
  budgetMs: Math.min(budgetMs * 0.9, SWEEP_MS),
  cronExecutionId: executionId,
})

/** What an execution keeps of a sweep. */
export const sweepMetricsOf = ({ id: sweepId, status, counts, bytes, more }: Sweep) => ({
  sweepId,
  status,
  ...counts,
  bytes,
  more,
})
