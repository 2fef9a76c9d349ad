import type { EventType } from './event.ts'
import { retryDelayMs } from './retry.ts'
import type { ErrorCodeOfRun, Run } from './run.ts'
import type { RunState } from './transitions.ts'

/** What the decision needs to know of a run that is leaving `running`. */
export interface Leaving {
  attempt: number
  maxAttempts: number
  cancelRequestedAt: string | null
  origin: Run['origin']
}

/** Where a run goes from `running`, and what is written about it. */
export interface Outcome {
  state: Exclude<RunState, 'running' | 'succeeded'>
  attempt: number
  errorCode: ErrorCodeOfRun
  /** Milliseconds until a worker may take it again; only where `state` is `queued`. */
  delayMs: number
  event: EventType
}

/**
 * What becomes of an attempt that did not succeed.
 * A cancel asked for wins over everything (rule 6); a released run costs no attempt and waits for nothing; a failure with
 * attempts left waits its backoff; the rest fails, and so does what was born running, which no other worker could go on with.
 * A lost lease and a timeout count as an attempt (rule 5).
 */
export function decideOutcome(
  run: Leaving,
  report: { errorCode: ErrorCodeOfRun; retryable: boolean },
  random: number,
): Outcome {
  const { errorCode } = report
  if (run.cancelRequestedAt !== null)
    return {
      state: 'canceled',
      attempt: run.attempt,
      errorCode: 'canceled',
      delayMs: 0,
      event: 'run.canceled',
    }
  if (run.origin === 'started') return failed(run, errorCode)
  if (errorCode === 'released')
    return {
      state: 'queued',
      attempt: Math.max(0, run.attempt - 1),
      errorCode,
      delayMs: 0,
      event: 'run.retried',
    }
  if (report.retryable && run.attempt < run.maxAttempts) {
    const delayMs = retryDelayMs(Math.max(1, run.attempt), random)
    return { state: 'queued', attempt: run.attempt, errorCode, delayMs, event: 'run.retried' }
  }
  return failed(run, errorCode)
}

const failed = ({ attempt }: Leaving, errorCode: ErrorCodeOfRun): Outcome => ({
  state: 'failed',
  attempt,
  errorCode,
  delayMs: 0,
  event: 'run.failed',
})
