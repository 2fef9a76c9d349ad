import type { SucceedRun } from '../ledger/runs/completion.ts'
import type { RunningRun } from '../run/run.ts'
import type { RunOutput } from '../run/run-output.ts'
import type { OutputBody } from './send-output.ts'

/** Why a handler is told to stop. */
export type StopReason = 'canceled' | 'timeout' | 'lease_lost' | 'shutdown'

/** What a handler's signal aborts with, and so what `signal.throwIfAborted()` throws. */
export class RunStopped extends Error {
  readonly reason: StopReason

  constructor(reason: StopReason, message: string) {
    super(message)
    this.name = 'RunStopped'
    this.reason = reason
  }
}

/** Thrown by a handler whose failure another attempt would not mend. Any error with `retryable: false` says the same. */
export class NonRetryableError extends Error {
  readonly retryable = false

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'NonRetryableError'
  }
}

/** What a handler has besides its run. */
export interface HandlerContext {
  /** Aborts with a `RunStopped` when the run is canceled, takes too long, is no longer ours, or the worker shuts down. */
  signal: AbortSignal
  /** Aborts when the worker ends this instant: nothing more may be waited for. */
  hurry: AbortSignal
  /**
   * Writes a line of the run's log, its fields as JSON behind it, and one of the worker's own log, with the run's id. Values of the
   * run's secrets are left out. What is printed in other ways (`console.log`) belongs to the process, not to the run.
   */
  log(message: string, fields?: Record<string, unknown>): void
  /** Tells how far the run is, in percent; the ledger takes one report every 2 s, the last one counts. */
  progress(percent: number, message?: string): void
  /**
   * Keeps a file as one of the run's outputs, whole or not at all; `path` is its name there, such as `reports/may.csv`. What is in it
   * stays as it is, secrets too. Throws a `LedgerError`; stops when the run is told to stop.
   */
  output(path: string, body: OutputBody, options?: { contentType?: string }): Promise<RunOutput>
}

/**
 * Does the work of one run. What it returns becomes the run's `outputRef`; what it throws, its error. `run.input` has its
 * `{"$secret": "name"}` references replaced by what they stand for.
 */
export type Handler = (run: RunningRun, context: HandlerContext) => HandlerAnswer | Promise<HandlerAnswer>
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is a handler.
export type HandlerAnswer = string | null | undefined | void

/** How one execution went. */
export type Outcome = Measured &
  (
    | { outcome: 'succeeded'; outputRef?: string | undefined }
    | { outcome: 'failed'; error: string; retryable: boolean }
  )

interface Measured {
  exitCode?: number | undefined
  metrics?: SucceedRun['metrics']
}

/** What does the work of one run has besides. */
export interface ExecutorContext extends HandlerContext {
  leaseToken: string
  /** The text free of the values of the run's secrets. */
  redact(text: string): string
  /** Adds bytes of a stream to the run's log. A promise is to be waited for before more is added. */
  print(chunk: Uint8Array, stream: string): Promise<void> | undefined
  /** Repeats a line in the worker's own log, where somebody wants to read so much. */
  echo(line: string, stream: string): void
}

/** Does the work of one run and says how it went; what it throws is a failure. */
export type Executor = (run: RunningRun, context: ExecutorContext) => Promise<Outcome>
