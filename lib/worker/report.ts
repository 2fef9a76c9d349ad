import type { CompleteRun } from '../ledger/runs/completion.ts'
import { isLedgerError, type LedgerError } from '../run/errors.ts'
import { RELEASED } from '../run/limits.ts'
import { truncateMiddle } from '../run/truncate.ts'
import type { Answer } from './completions.ts'
import type { Outcome } from './handler.ts'
import type { HeldRun } from './held-run.ts'
import type { Ending } from './options.ts'

/**
 * What to tell the ledger of how a run ended. A handler that failed because it was told to stop failed for that reason; one
 * that succeeded nevertheless has succeeded. Null when the run is not ours any more and there is nothing to save.
 */
export function reportOf(held: HeldRun, outcome: Outcome, endedAt: number): CompleteRun | null {
  const { exitCode, metrics } = outcome
  const whole = {
    ...identityOf(held),
    finishedAt: finishedAtOf(held, endedAt),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(metrics === undefined ? {} : { metrics }),
  }
  if (outcome.outcome === 'succeeded') {
    const { outputRef } = outcome
    return { ...whole, outcome: 'succeeded', ...(outputRef === undefined ? {} : { outputRef }) }
  }
  switch (held.stopReason) {
    case 'lease_lost':
      return null
    case 'shutdown':
      return releaseOf(held)
    case 'canceled':
      return { ...whole, outcome: 'failed', error: 'canceled', retryable: false }
    case 'timeout': {
      const error = (held.signal.reason as Error).message
      return { ...whole, outcome: 'failed', error, retryable: true }
    }
    case undefined: {
      const text = truncateMiddle(outcome.error) || 'it failed without a word'
      // That alone would give the run back.
      const error = text === RELEASED ? `it failed: ${text}` : text
      return { ...whole, outcome: 'failed', error, retryable: outcome.retryable }
    }
  }
}

/** Gives a run back; that costs no attempt. */
export function releaseOf(held: HeldRun): CompleteRun {
  return { ...identityOf(held), outcome: 'failed', error: RELEASED, retryable: true }
}

/** The end of a run that is not ours any more, for a ledger that does not know better: another attempt may be made. */
export function lostReportOf(held: HeldRun, endedAt: number): CompleteRun {
  const { message } = held.signal.reason as Error
  return {
    ...identityOf(held),
    finishedAt: finishedAtOf(held, endedAt),
    outcome: 'failed',
    error: truncateMiddle(message),
    retryable: true,
  }
}

/** What takes the place of an end that the ledger finds invalid. */
export function refusedReportOf(held: HeldRun, refusal: LedgerError): CompleteRun {
  const error = `the ledger refused the end of this run: ${refusal.message}`
  return { ...identityOf(held), outcome: 'failed', error: truncateMiddle(error), retryable: false }
}

/** How a run ended, by what the ledger made of the report. */
export function endingOf(report: CompleteRun | null, answer: Answer | null): Ending {
  if (report === null || answer === null || 'untold' in answer || isLedgerError(answer.said)) return 'lost'
  const { state } = answer.said.run
  if (state === 'succeeded' || state === 'failed' || state === 'canceled') return state
  return report.outcome === 'failed' && report.error === RELEASED ? 'released' : 'retried'
}

/** On the ledger's clock, however long it takes to be told. */
function finishedAtOf({ run, takenAt }: HeldRun, endedAt: number): string {
  return new Date(Date.parse(run.startedAt) + Math.round(endedAt - takenAt)).toISOString()
}

const identityOf = ({ run, leaseToken }: HeldRun) => ({ id: run.id, leaseToken })
