import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenVerbs, Verbs } from '../client/verbs.ts'
import type { ChildOutcome } from '../process/child-outcome.ts'
import { endOfRun } from '../process/end-of-run.ts'
import { isLedgerError, isPassing } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import { messageOf } from './program/option-names.ts'

export interface TrackOptions {
  /** Opens the ledger; may fail for as long as it likes. */
  open: () => Promise<OpenVerbs>
  start: Parameters<Verbs['startRun']>[0]
  /** Called at each heartbeat, once somebody has asked for the run to be canceled. */
  onCancel: () => void
  warn: (message: string) => void
}

/** The ledger takes one report of progress every 2 s (data page, rule 8). */
const PROGRESS_EVERY_MS = LIMITS.heartbeatWriteMs + 100
const RETRY_MS = 1_000
/** Opening a ledger keeps the loop busy, and the end of a child that is through sooner would be noticed late. */
const SETTLE_MS = 100
const END_WITHIN_MS = 10_000

/**
 * Tells the ledger about one running child: starts its run, under the caller's own id, again and again until the ledger
 * has it; then beats, three times a lease, and as soon as there is progress. Nothing that fails here ever reaches the
 * child. Trouble is told once, until it is over; what the ledger refuses is not asked again.
 */
export class RunTracker {
  readonly #options: TrackOptions
  readonly #beatEveryMs: number
  readonly #living: Promise<void>
  #opened: OpenVerbs | undefined
  #leaseToken: string | undefined
  #news: { progress: number; message?: string } | undefined
  #phase: 'alive' | 'ended' | 'closed' = 'alive'
  #isCanceled = false
  #trouble: { message: string; isFinal: boolean; isTold: boolean } | undefined
  #wake = () => {}

  constructor(options: TrackOptions) {
    this.#options = options
    this.#beatEveryMs = ((options.start.leaseSeconds ?? LIMITS.leaseSeconds.default) * 1_000) / 3
    this.#living = this.#live()
  }

  /** Notes how far the child got. */
  progress(progress: number, message?: string): void {
    this.#news = { progress, ...(message === undefined ? {} : { message }) }
    this.#wake()
  }

  /** Tells the end, trying for 10 s at most, and lets go of the ledger. Never rejects. */
  async end(outcome: ChildOutcome): Promise<void> {
    this.#phase = 'ended'
    this.#wake()
    const { promise: deadline, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(resolve, END_WITHIN_MS, false)
    const isTold = await Promise.race([this.#tellEnd(outcome), deadline])
    clearTimeout(timer)
    this.#phase = 'closed'
    // Of a run that was canceled without us, the ledger takes no other end.
    if (!isTold && !this.#isCanceled) this.#warnOfEnd()
    await this.#opened?.close().catch(() => {})
  }

  async #live(): Promise<void> {
    await this.#pause(SETTLE_MS)
    await this.#untilItWorks(() => this.#start())
    while (this.#isGoingOn()) {
      await this.#pause(this.#beatEveryMs - PROGRESS_EVERY_MS, () => this.#news !== undefined)
      await this.#untilItWorks(() => this.#beat())
      await this.#pause(PROGRESS_EVERY_MS)
    }
  }

  async #untilItWorks(work: () => Promise<unknown>): Promise<void> {
    for (let pauseMs = RETRY_MS; this.#isGoingOn(); pauseMs = Math.min(pauseMs * 2, this.#beatEveryMs)) {
      if (await this.#attempt(work)) return
      await this.#pause(pauseMs)
    }
  }

  async #tellEnd(outcome: ChildOutcome): Promise<boolean> {
    await this.#living
    if (this.#leaseToken === undefined && this.#trouble?.isFinal) return false
    for (;;) {
      if (await this.#attempt(() => this.#complete(outcome))) return true
      // A run that the ledger knows is worth waiting for: it would be called lost.
      const isWorthMore = this.#leaseToken !== undefined && !this.#trouble?.isFinal
      if (!isWorthMore || this.#phase === 'closed') return false
      await sleep(RETRY_MS, undefined, { ref: false })
    }
  }

  async #start(): Promise<{ verbs: Verbs; leaseToken: string }> {
    this.#opened ??= await this.#options.open()
    const { verbs } = this.#opened
    this.#leaseToken ??= (await verbs.startRun(this.#options.start)).leaseToken
    return { verbs, leaseToken: this.#leaseToken }
  }

  async #beat(): Promise<void> {
    const { verbs, leaseToken } = await this.#start()
    const sent = this.#news
    const { cancelRequested } = await verbs
      .heartbeatRun({ leaseToken, ...sent })
      .catch((error) => this.#heedCancel(verbs, error))
    if (this.#news === sent) this.#news = undefined
    if (cancelRequested) this.#options.onCancel()
  }

  /** A lease that ran out while we were cut off may have taken with it that somebody asked us to stop. */
  async #heedCancel(verbs: Verbs, refusal: unknown): Promise<{ cancelRequested: true }> {
    if (!isFinal(refusal) || this.#phase !== 'alive') throw refusal
    const run = await verbs.getRun({ id: this.#options.start.id as string }).catch(() => null)
    this.#isCanceled = run?.state === 'canceled'
    if (this.#isCanceled || run?.cancelRequestedAt) return { cancelRequested: true }
    throw refusal
  }

  async #complete(outcome: ChildOutcome): Promise<void> {
    const { verbs, leaseToken } = await this.#start()
    // How far a child got before it failed is worth knowing, but the end does not hang on it.
    if (this.#news) await this.#beat().catch(() => {})
    const { method, report } = endOfRun(outcome, leaseToken)
    await (method === 'succeedRun' ? verbs.succeedRun(report) : verbs.failRun(report))
  }

  /** Whether the work was done; if not, notes why, and says so where that is news. */
  async #attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work()
      this.#trouble = undefined
      return true
    } catch (error) {
      this.#noteTrouble(error)
      return false
    }
  }

  #noteTrouble(error: unknown): void {
    const message = messageOf(error)
    const isOver = isFinal(error)
    const isNews = !this.#trouble?.isTold || (isOver && !this.#trouble.isFinal)
    // Once the child has ended, the last word is `end`'s.
    const isTold = this.#phase === 'alive' || !isNews
    if (isNews && isTold) this.#options.warn(`${message}; ${this.#consequence(isOver)}`)
    this.#trouble = { message, isFinal: isOver, isTold }
  }

  #consequence(isFinal: boolean): string {
    if (!isFinal) return 'the command runs on, and the ledger is tried again'
    return this.#leaseToken === undefined
      ? 'the command runs on, unrecorded'
      : 'the command runs on, and its end will be told all the same'
  }

  #warnOfEnd(): void {
    const { message = `no answer in ${END_WITHIN_MS / 1_000} s`, isFinal, isTold } = this.#trouble ?? {}
    if (this.#leaseToken === undefined && isFinal && isTold) return
    const what = this.#leaseToken === undefined ? 'run' : 'the end of run'
    this.#options.warn(
      `${what} ${this.#options.start.id} is not in the ledger${isTold ? '' : `: ${message}`}`,
    )
  }

  #isGoingOn(): boolean {
    return this.#phase === 'alive' && !this.#trouble?.isFinal
  }

  /** Waits this long, less when the child ends or `isEnough` comes true. */
  async #pause(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wake = () => {
      if (this.#phase !== 'alive' || isEnough()) resolve()
    }
    this.#wake()
    await promise
    clearTimeout(timer)
  }
}

/** Whether asking again would bring the same answer. */
function isFinal(error: unknown): boolean {
  return isLedgerError(error) && !isPassing(error)
}
