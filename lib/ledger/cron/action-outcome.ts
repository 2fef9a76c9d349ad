import type { EndedStatus } from '../../run/cron-execution.ts'
import { isLedgerError } from '../../run/errors.ts'

/** How an action ended. */
export interface ActionOutcome {
  status: EndedStatus
  reason?: string
  exitCode?: number | null
  output?: string | null
  errorMessage?: string | null
  stackTrace?: string | null
  metrics?: Record<string, unknown> | null
  /** Whether to try again may help. */
  isRetryable: boolean
}

/** Why an action was stopped before it ended by itself. */
export class Stopped extends Error {
  readonly outcome: ActionOutcome

  constructor(outcome: ActionOutcome) {
    super(outcome.errorMessage ?? outcome.reason ?? 'stopped')
    this.name = 'Stopped'
    this.outcome = outcome
  }
}

/** What was thrown, as an outcome; `withoutSecrets` cuts its texts. */
export function toFailure(error: unknown): ActionOutcome {
  if (error instanceof Stopped) return error.outcome
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  return {
    status: 'failed',
    errorMessage: message,
    // Of what is refused on purpose the sentence says it all.
    stackTrace: stack === undefined || isLedgerError(error) ? null : stack,
    isRetryable: !(isLedgerError(error) && (error.code === 'forbidden' || error.code === 'invalid')),
  }
}
