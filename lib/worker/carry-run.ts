import type { CompleteRun } from '../ledger/runs/completion.ts'
import { isLedgerError } from '../run/errors.ts'
import type { Answer, Completions } from './completions.ts'
import { textOf } from './error-text.ts'
import type { Executor, Outcome } from './handler.ts'
import type { HeldRun } from './held-run.ts'
import type { Ending, Setting } from './options.ts'
import { pause, whenAborted } from './pause.ts'
import { perform } from './perform.ts'
import { endingOf, releaseOf, reportOf } from './report.ts'
import type { RunLogs } from './run-logs.ts'
import { refusalIn, type ToldEnd, tellEnd } from './tell-end.ts'
import { traceRun } from './trace-run.ts'

export interface Carrying {
  setting: Setting
  execute: Executor
  completions: Completions
  /** Where what runs say is kept; null where it is not. */
  logs: RunLogs | null
  /** Aborts when the worker takes nothing more. */
  stopping: AbortSignal
  /** Aborts when nothing may be waited for. */
  hurry: AbortSignal
  /** There is news of how far the run is. */
  onProgress: () => void
  /** Its handler has ended: another may begin while this one's end is told. */
  onTelling: (held: HeldRun) => void
  /** The ledger knows the end, or will not be told. */
  onEnd: (held: HeldRun, ending: Ending) => void
  /** One handler more, or less, is at work on nothing. */
  onAbandoned: (change: 1 | -1) => void
}

/** How long the end of a run is told to a ledger that has gone, beyond the run's lease: it may still count. */
const PATIENCE_MS = 600_000
/** Characters of an error in a line of the log. */
const LOGGED_ERROR = 500

/** Takes a run from the start of its work until its end is told and its handler has ended. Never rejects. */
export async function carryRun(held: HeldRun, carrying: Carrying): Promise<void> {
  try {
    await carry(held, carrying)
  } catch (error) {
    // Whatever is at fault (the log of whoever made the worker, say), no run is left without an end.
    const failed = { outcome: 'failed', error: textOf(error), retryable: true } as const
    if (!held.hasEnded) await tell(held, reportOf(held, failed, performance.now()), carrying).catch(() => {})
  }
}

async function carry(held: HeldRun, carrying: Carrying): Promise<void> {
  const { stopping, setting, hurry } = carrying
  // Taken while being told to stop: given back untouched.
  if (stopping.aborted) return tell(held, releaseOf(held), carrying)
  held.span = traceRun(held.run)
  const { id, fence } = held.run
  held.log = carrying.logs?.open({ id, fence, leaseToken: held.leaseToken })
  const work = held.span.around(() => perform(held, carrying))
  const outcome = await Promise.race([work, graceOver(held, setting.graceMs, hurry)])
  if (outcome !== 'ignored') {
    carrying.onTelling(held)
    return tell(held, reportOf(held, outcome, performance.now()), carrying)
  }
  await abandon(held, work, carrying)
}

/** Resolves when the handler has been told to stop and its grace is over. */
async function graceOver(held: HeldRun, graceMs: number, hurry: AbortSignal): Promise<'ignored'> {
  await held.stopped
  await pause(graceMs, hurry, false)
  return 'ignored'
}

/** The handler has not obeyed: its run ends without it, and its slot is free when it ends. */
async function abandon(held: HeldRun, work: Promise<Outcome>, carrying: Carrying): Promise<void> {
  const { setting, completions, stopping, hurry, onAbandoned } = carrying
  const { log } = setting
  onAbandoned(1)
  if (!hurry.aborted) log.warn('the handler ignores its signal', { ...held.words, reason: held.stopReason })
  const failed = { outcome: 'failed', error: 'it ignored its signal', retryable: true } as const
  await tell(held, reportOf(held, failed, performance.now()), carrying)
  const late = await Promise.race([work, whenAborted(stopping)])
  if (late === undefined) return
  onAbandoned(-1)
  const report = late.outcome === 'succeeded' ? reportOf(held, late, performance.now()) : null
  const answer = report && (await completions.tell(report, performance.now()))
  log.warn('the handler has ended, too late', {
    ...held.words,
    outcome: late.outcome,
    taken: takenAs(answer),
  })
}

async function tell(held: HeldRun, report: CompleteRun | null, carrying: Carrying): Promise<void> {
  const { completions, setting, onEnd } = carrying
  const endedAt = performance.now()
  const until = Math.max(held.leaseUntil, endedAt) + PATIENCE_MS
  held.hasEnded = true
  const told = await tellEnd(held, report, { completions, until, endedAt })
  const ending = endingOf(told.report, told.answer)
  const error = errorIn(told)
  const { exitCode } = told.report ?? {}
  try {
    setting.log.info('run ended', {
      ...held.words,
      outcome: ending,
      queuedMs: held.queuedMs,
      runMs: Math.round(endedAt - held.takenAt),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(error === undefined ? {} : { error }),
    })
    held.span?.end(ending, error, endedAt)
  } finally {
    onEnd(held, ending)
  }
}

/** What the ledger made of it, in a word or a sentence. */
function takenAs(answer: Answer | null): string | null {
  if (answer === null) return null
  if ('untold' in answer) return answer.untold.message
  return isLedgerError(answer.said) ? answer.said.message : answer.said.run.state
}

/** One line of it, for the log. */
function errorIn({ report, answer }: ToldEnd): string | undefined {
  const trouble = answer !== null && 'untold' in answer ? answer.untold : refusalIn(answer)
  if (trouble !== null) return trouble.message
  if (report === null) return 'the run is no longer held by this worker'
  if (report.outcome === 'succeeded') return undefined
  return report.error.split('\n', 1)[0]?.slice(0, LOGGED_ERROR)
}
