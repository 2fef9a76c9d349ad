import { isTooLarge } from '../client/errors.ts'
import type { CompleteRun } from '../ledger/runs/completion.ts'
import { runAfter } from '../process/run-after.ts'
import { isPassing, LedgerError } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import type { RunBrief } from '../run/run-brief.ts'
import type { Setting } from './options.ts'
import { pause, pauseAfter } from './pause.ts'
import { Trouble } from './trouble.ts'

/** A body may have 4 MB. */
const BATCH_BYTES = 2_000_000
const BATCH = LIMITS.reportBatch
const HURRIED_PAUSE_MS = 200

/** What the ledger has made of it. */
export interface Told {
  run: RunBrief
}

/** What the ledger has said to this very report; `untold` when it has said nothing, or refused the request as a whole. */
export type Answer = { said: Told | LedgerError } | { untold: LedgerError }

interface Pending {
  report: CompleteRun
  bytes: number
  /** After this it is not tried again. */
  until: number
  settle: (answer: Answer) => void
}

/**
 * Tells the ledger how runs ended. While one request is on its way, what ends is gathered for the next, so that a busy
 * worker needs few requests and an idle one waits for none. A ledger that has gone is tried again, with growing pauses.
 */
export class Completions {
  readonly #setting: Setting
  readonly #trouble: Trouble
  readonly #hurry = new AbortController()
  #pending: Pending[] = []
  #isSending = false
  #deadline = Number.POSITIVE_INFINITY
  #givingUp: { cancel(): void } | undefined
  /** What one request may hold: less after one was too large, then more again. */
  #mostBytes = BATCH_BYTES

  constructor(setting: Setting) {
    this.#setting = setting
    this.#trouble = new Trouble(setting.log, 'completions')
  }

  /** What the ledger says to it, if it says anything until then. Never rejects. */
  tell(report: CompleteRun, until: number): Promise<Answer> {
    const { promise, resolve: settle } = Promise.withResolvers<Answer>()
    this.#pending.push({ report, bytes: Buffer.byteLength(JSON.stringify(report)) + 1, until, settle })
    // What ends in the same turn of the loop goes together.
    setImmediate(() => void this.#send())
    return promise
  }

  /** From now on everything is tried for so long at most. */
  hurry(ms: number): void {
    const deadline = performance.now() + ms
    this.#hurry.abort()
    if (deadline >= this.#deadline) return
    this.#deadline = deadline
    this.#givingUp?.cancel()
    this.#givingUp = runAfter(ms, () => this.#giveUp())
  }

  /** Nothing more is told. */
  end(): void {
    this.#givingUp?.cancel()
    this.#giveUp()
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    let tries = 0
    while (this.#pending.length > 0) {
      const batch = this.#nextBatch()
      try {
        const answers = await this.#setting.verbs.completeRuns(batch.map(({ report }) => report))
        tries = 0
        this.#trouble.isOver()
        this.#mostBytes = Math.min(this.#mostBytes * 2, BATCH_BYTES)
        for (const [n, { settle }] of batch.entries()) settle(toAnswer(answers[n]))
      } catch (error) {
        if (isTooLarge(error) && batch.length > 1) {
          this.#mostBytes = Math.ceil(bytesOf(batch) / 2)
          this.#pending.unshift(...batch)
          continue
        }
        this.#trouble.note(error)
        this.#keep(batch, error)
        await this.#pause(error, tries++)
      }
    }
    this.#isSending = false
  }

  #nextBatch(): Pending[] {
    let bytes = 0
    let count = 0
    for (const one of this.#pending) {
      bytes += one.bytes
      if (count > 0 && (bytes > this.#mostBytes || count >= BATCH)) break
      count++
    }
    return this.#pending.splice(0, count)
  }

  /** What may still be told goes to the front again. */
  #keep(batch: Pending[], error: unknown): void {
    const now = performance.now()
    const isOver = ({ until }: Pending) => !isPassing(error) || Math.min(until, this.#deadline) <= now
    for (const { settle } of batch.filter(isOver)) settle({ untold: toLedgerError(error) })
    this.#pending.unshift(...batch.filter((one) => !isOver(one)))
  }

  #pause(error: unknown, tries: number): Promise<void> {
    if (this.#hurry.signal.aborted) return pause(HURRIED_PAUSE_MS)
    return pause(pauseAfter(error, tries, this.#setting.random), this.#hurry.signal)
  }

  #giveUp(): void {
    for (const { settle } of this.#pending.splice(0)) settle({ untold: silence() })
  }
}

function toAnswer(said: Told | LedgerError | undefined): Answer {
  return said === undefined ? { untold: silence() } : { said }
}

const bytesOf = (batch: Pending[]) => batch.reduce((sum, { bytes }) => sum + bytes, 0)

function toLedgerError(cause: unknown): LedgerError {
  return cause instanceof LedgerError ? cause : new LedgerError('unavailable', String(cause), { cause })
}

const silence = () => new LedgerError('unavailable', 'the ledger did not answer before the worker ended')
