import type { CronExecution, ExecutionStatus } from '../../run/cron-execution.ts'
import { spokenDuration } from './spoken-time.ts'
import type { Paint } from './terminal.ts'

type Look = Parameters<Paint>[0]

const LOOKS: Record<ExecutionStatus, { mark: string; look: Look }> = {
  queued: { mark: '○', look: 'gray' },
  running: { mark: '●', look: 'cyan' },
  completed: { mark: '✓', look: 'green' },
  failed: { mark: '✗', look: 'red' },
  timeout: { mark: '✗', look: 'red' },
  skipped: { mark: '⊘', look: 'yellow' },
  missed: { mark: '!', look: 'yellow' },
  canceled: { mark: '⊘', look: 'yellow' },
}

/** The colour of a status. */
export const lookOfStatus = (status: ExecutionStatus): Look => LOOKS[status].look

/** `✓ completed`. */
export const markedStatus = (status: ExecutionStatus): string => `${LOOKS[status].mark} ${status}`

/** How long an execution took, or has taken so far; empty before its start. */
export function executionTook({ durationMs, startedAt, status }: CronExecution, now: Date): string {
  if (durationMs !== null) return spokenDuration(durationMs)
  if (status !== 'running' || startedAt === null) return ''
  return spokenDuration(Math.max(0, now.getTime() - Date.parse(startedAt)))
}

/** How long after its time it began; empty where nobody would call that late. */
export function lateness({ lateMs }: CronExecution): string {
  return lateMs === null || lateMs < 1_000 ? '' : spokenDuration(lateMs)
}

/** Who asked for it. */
export function askedBy({ triggeredBy, triggeredByUserId, retryCount }: CronExecution): string {
  if (triggeredBy === 'scheduler') return 'schedule'
  return triggeredBy === 'retry' ? `retry ${retryCount}` : (triggeredByUserId ?? triggeredBy)
}

/** Why it failed, what it said, or why it did not run: in a line. */
export function whatCameOf({ status, errorMessage, output, reason }: CronExecution): string {
  const told = errorMessage ?? (status === 'completed' ? (output ?? reason) : reason)
  return told?.trim().split('\n', 1)[0] ?? ''
}
