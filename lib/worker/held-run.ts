import type { Claimed } from '../ledger/runs/claim-runs.ts'
import type { RunningRun } from '../run/run.ts'
import { RunStopped, type StopReason } from './handler.ts'
import type { RunLog } from './run-log.ts'
import type { RunSpan } from './trace-run.ts'

/** A run that this worker has taken, from its claim until its end is told. Times are of the monotonic clock. */
export class HeldRun {
  readonly run: RunningRun
  readonly leaseToken: string
  readonly takenAt: number
  /** Until when nobody else can have it, if every clock runs alike. */
  leaseUntil: number
  beatenAt: number
  /** How far it is, where the ledger does not know yet. */
  news: { progress: number; message?: string } | undefined
  /** Of its work, once that has begun. */
  span: RunSpan | undefined
  /** What it says, once its work has begun, where that is kept. */
  log: RunLog | undefined
  /** Its work has ended; what is left is to tell it. */
  hasEnded = false
  readonly #stop = new AbortController()
  readonly #stopped = Promise.withResolvers<RunStopped>()

  /** `isOld`: it may have been held for a while, so a heartbeat is due at once. */
  constructor({ run, leaseToken }: Claimed, { takenAt, leaseMs, isOld }: Taking) {
    this.run = run as RunningRun
    this.leaseToken = leaseToken
    this.takenAt = takenAt
    this.leaseUntil = takenAt + leaseMs
    this.beatenAt = isOld ? Number.NEGATIVE_INFINITY : takenAt
  }

  get signal(): AbortSignal {
    return this.#stop.signal
  }

  /** Resolves when the run is told to stop. */
  get stopped(): Promise<RunStopped> {
    return this.#stopped.promise
  }

  /** Why it was told to stop; undefined while it is not. The first reason stands. */
  get stopReason(): StopReason | undefined {
    return this.signal.aborted ? (this.signal.reason as RunStopped).reason : undefined
  }

  /** Tells its handler to stop. */
  stop(reason: StopReason, message: string): void {
    if (!this.mayBeStopped) return
    const why = new RunStopped(reason, message)
    this.#stop.abort(why)
    this.#stopped.resolve(why)
  }

  /** Its handler is at work, and has not been told to stop. */
  get mayBeStopped(): boolean {
    return !this.signal.aborted && !this.hasEnded
  }

  /** Whether someone else may be given it once its lease has run out: the last attempt is nobody else's. */
  get mayGoToAnother(): boolean {
    return this.run.attempt < this.run.maxAttempts
  }

  /** From the moment it was due until it was taken. */
  get queuedMs(): number {
    return Math.max(0, Date.parse(this.run.startedAt) - Date.parse(this.run.runAt))
  }

  /** What every line of the log says of it. */
  get words(): Record<string, unknown> {
    const { id: runId, kind, attempt } = this.run
    return { runId, kind, attempt }
  }
}

interface Taking {
  takenAt: number
  leaseMs: number
  isOld: boolean
}
