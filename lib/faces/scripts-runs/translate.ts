import type { Run } from '../../run/run.ts'
import type { RunStats } from '../../run/stats.ts'
import type { FinalState, RunState } from '../../run/transitions.ts'

/** A state as source 000 has it. */
export type RunStatus = 'pending' | 'running' | 'completed' | 'failed'

/** The status of a state. What was canceled has failed, to those who know no other word. */
export function toRunStatus(state: RunState): RunStatus {
  switch (state) {
    case 'queued':
      return 'pending'
    case 'running':
      return 'running'
    case 'succeeded':
      return 'completed'
    case 'failed':
    case 'canceled':
      return 'failed'
  }
}

/** The states that a status stands for. */
export function fromRunStatus(status: RunStatus): [RunState, ...RunState[]] {
  switch (status) {
    case 'pending':
      return ['queued']
    case 'running':
      return ['running']
    case 'completed':
      return ['succeeded']
    case 'failed':
      return ['failed', 'canceled']
  }
}

/** A run as source 000's `ScriptRun`. */
export function toRow(run: Run) {
  return {
    id: run.id,
    scriptId: run.scriptId,
    startTime: run.startedAt,
    endTime: run.finishedAt,
    status: toRunStatus(run.state),
    progress: run.progress,
    logFile: run.logFile,
    pid: run.pid,
    error: run.state === 'canceled' ? 'canceled' : run.error,
  }
}

/** The ends that a status stands for. */
export const fromEndStatus = (status: 'completed' | 'failed'): FinalState[] =>
  status === 'completed' ? ['succeeded'] : ['failed', 'canceled']

interface Removed {
  deletedRuns: number
  deletedLogFiles: number
  freedSpace: number
  errors: { item: string | null; message: string }[]
  more?: boolean
}

/** What was deleted, and what was not. */
export function toDeleted({ deletedRuns, deletedLogFiles, freedSpace, errors, more = false }: Removed) {
  const left = { id: null, message: 'time ran out before the work did; ask again' }
  const told = errors.map(({ item, message }) => ({ id: item, message }))
  return { deletedRuns, deletedLogFiles, freedSpace, errors: more ? [...told, left] : told }
}

/** The statistics as source 000 has them. */
export function toStats({ total, byState, averageDurationMs }: RunStats) {
  return {
    total,
    completed: byState.succeeded,
    failed: byState.failed + byState.canceled,
    running: byState.running,
    averageDuration: averageDurationMs ?? 0,
  }
}
