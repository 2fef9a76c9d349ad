import type { FailRun, SucceedRun } from '../ledger/runs/completion.ts'
import type { ChildOutcome } from './child-outcome.ts'

/** How a child's end reads in the ledger: exit code 0 is a success, everything else a failure with its reason. */
export function endOfRun(
  outcome: ChildOutcome,
  leaseToken: string,
): { method: 'succeedRun'; report: SucceedRun } | { method: 'failRun'; report: FailRun } {
  const { exitCode, memoryPeakBytes, cpuSeconds, startedAt, durationMs } = outcome
  const report = {
    leaseToken,
    exitCode,
    metrics: {
      ...(memoryPeakBytes === null ? {} : { memoryPeakBytes: Math.round(memoryPeakBytes) }),
      ...(cpuSeconds === null ? {} : { cpuSeconds }),
    },
    finishedAt: new Date(startedAt.getTime() + durationMs).toISOString(),
  }
  const endedWell = exitCode === 0 && outcome.endedBy !== 'timeout' && outcome.endedBy !== 'canceled'
  if (endedWell) return { method: 'succeedRun', report }
  return { method: 'failRun', report: { ...report, error: errorOf(outcome), retryable: false } }
}

function errorOf({ exitCode, signal, endedBy, passedSignal, durationMs, spawnError }: ChildOutcome): string {
  const after = `after ${(durationMs / 1_000).toFixed(1)} s`
  if (spawnError) return spawnError.message
  if (endedBy === 'timeout') return `timed out ${after}`
  if (endedBy === 'canceled') return `canceled ${after}`
  if (signal !== null) return `killed by ${signal} ${after}`
  if (endedBy === 'signal' && passedSignal !== null) return `exit code ${exitCode} after ${passedSignal}`
  return `exit code ${exitCode}`
}
