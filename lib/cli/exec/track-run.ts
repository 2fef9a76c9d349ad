import type { Verbs } from '../../client/verbs.ts'
import { isLedgerError, isPassing } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Trouble } from './trouble.ts'

export interface TrackOptions {
  id: string
  leaseSeconds?: number
  /** Called at each heartbeat, once somebody has asked for the run to be canceled. */
  onCancel: () => void
  trouble: Trouble
}

/** The ledger takes one report of progress every 2 s (data page, rule 8). */
const PROGRESS_EVERY_MS = LIMITS.heartbeatWriteMs + 100
const RETRY_MS = 1_000

/**
 * Keeps a run alive in the ledger, from `begin` to `close`: beats three times a lease, and as soon as there is progress. Nothing
 * that fails here ever reaches the command. What the ledger refuses is not asked again.
 */
export class RunTracker {
  readonly #options: TrackOptions
  readonly #beatEveryMs: number
  #ledger: { verbs: Pick<Verbs, 'heartbeatRun' | 'getRun'>; leaseToken: string } | undefined
  #news: { progress: number; message?: string } | undefined
  #isClosed = false
  #isRefused = false
  #isCanceled = false
  #wake = () => {}

  constructor(options: TrackOptions) {
    this.#options = options
    this.#beatEveryMs = ((options.leaseSeconds ?? LIMITS.leaseSeconds.default) * 1_000) / 3
  }

  /** Whether the run was canceled without us: its ledger takes no other end. */
  get isCanceled(): boolean {
    return this.#isCanceled
  }

  /** Notes how far the command got. */
  progress(progress: number, message?: string): void {
    this.#news = { progress, ...(message === undefined ? {} : { message }) }
    this.#wake()
  }

  /** The ledger has the run, under this token. */
  begin(verbs: Pick<Verbs, 'heartbeatRun' | 'getRun'>, leaseToken: string): void {
    const isFirst = this.#ledger === undefined
    this.#ledger = { verbs, leaseToken }
    if (isFirst) void this.#live()
  }

  /** Tells how far the command got, where that is not told yet. Worth knowing, but nothing hangs on it. */
  async tellNews(): Promise<void> {
    if (this.#news) await this.#beat().catch(() => {})
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
  }

  async #live(): Promise<void> {
    while (this.#isGoingOn()) {
      await this.#pause(this.#beatEveryMs - PROGRESS_EVERY_MS, () => this.#news !== undefined)
      await this.#untilItWorks()
      await this.#pause(PROGRESS_EVERY_MS)
    }
  }

  async #untilItWorks(): Promise<void> {
    for (let pauseMs = RETRY_MS; this.#isGoingOn(); pauseMs = Math.min(pauseMs * 2, this.#beatEveryMs)) {
      try {
        await this.#beat()
        return
      } catch (error) {
        if (!this.#isGoingOn()) return
        this.#noteTrouble(error)
      }
      await this.#pause(pauseMs)
    }
  }

  async #beat(): Promise<void> {
    if (!this.#ledger) return
    const { verbs, leaseToken } = this.#ledger
    const sent = this.#news
    const { cancelRequested } = await verbs
      .heartbeatRun({ leaseToken, ...sent })
      .catch((error) => this.#heedCancel(verbs, error))
    if (this.#news === sent) this.#news = undefined
    if (cancelRequested) this.#options.onCancel()
  }

  /** A lease that ran out while we were cut off may have taken with it that somebody asked us to stop. */
  async #heedCancel(verbs: Pick<Verbs, 'getRun'>, refusal: unknown): Promise<{ cancelRequested: true }> {
    if (!isFinal(refusal) || this.#isClosed) throw refusal
    const run = await verbs.getRun({ id: this.#options.id }).catch(() => null)
    this.#isCanceled = run?.state === 'canceled'
    if (this.#isCanceled || run?.cancelRequestedAt) return { cancelRequested: true }
    throw refusal
  }

  #noteTrouble(error: unknown): void {
    this.#isRefused = isFinal(error)
    const consequence = this.#isRefused
      ? 'the command runs on, and its end will be told all the same'
      : 'the command runs on, and the ledger is tried again'
    this.#options.trouble.note(error, { isFinal: this.#isRefused, consequence })
  }

  #isGoingOn(): boolean {
    return !this.#isClosed && !this.#isRefused
  }

  /** Waits this long, less when it is over or `isEnough` comes true. */
  async #pause(ms: number, isEnough: () => boolean = () => false): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    this.#wake = () => {
      if (this.#isClosed || isEnough()) resolve()
    }
    this.#wake()
    await promise
    clearTimeout(timer)
  }
}

/** Whether asking again would bring the same answer. */
export function isFinal(error: unknown): boolean {
  return isLedgerError(error) && !isPassing(error)
}
