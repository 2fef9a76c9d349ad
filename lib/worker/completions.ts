import type { CompleteRun } from '../ledger/runs/completion.ts'
import { LedgerError } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import type { RunBrief } from '../run/run-brief.ts'
import type { Setting } from './options.ts'
import { isPassing, pause, pauseAfter } from './pause.ts'
import { Trouble } from './trouble.ts'

/** A body may have 4 MB. */
const BATCH_BYTES = 2_000_000
const BATCH = LIMITS.reportBatch
const HURRIED_PAUSE_MS = 200

/** What the ledger has made of it. */
export interface Told {
  run: RunBrief
}

interface Pending {
  report: CompleteRun
  bytes: number
  /** After this it is not tried again. */
  until: number
  settle: (answer: Told | LedgerError) => void
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

  constructor(setting: Setting) {
    this.#setting = setting
    this.#trouble = new Trouble(setting.log, 'completions')
  }

  /** What the ledger says to it; `unavailable` when it has said nothing until then. Never rejects. */
  tell(report: CompleteRun, until: number): Promise<Told | LedgerError> {
    const { promise, resolve: settle } = Promise.withResolvers<Told | LedgerError>()
    this.#pending.push({ report, bytes: JSON.stringify(report).length, until, settle })
    // What ends in the same turn of the loop goes together.
    setImmediate(() => void this.#send())
    return promise
  }

  /** From now on everything is tried for so long at most. */
  hurry(ms: number): void {
    this.#deadline = Math.min(this.#deadline, performance.now() + ms)
    this.#hurry.abort()
    setTimeout(() => this.#giveUp(), ms).unref()
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
        for (const [n, { settle }] of batch.entries()) settle(answers[n] ?? silence())
      } catch (error) {
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
      if (count > 0 && (bytes > BATCH_BYTES || count >= BATCH)) break
      count++
    }
    return this.#pending.splice(0, count)
  }

  /** What may still be told goes to the front again. */
  #keep(batch: Pending[], error: unknown): void {
    const now = performance.now()
    const isOver = ({ until }: Pending) => !isPassing(error) || Math.min(until, this.#deadline) <= now
    for (const { settle } of batch.filter(isOver)) settle(toLedgerError(error))
    this.#pending.unshift(...batch.filter((one) => !isOver(one)))
  }

  #pause(error: unknown, tries: number): Promise<void> {
    if (this.#hurry.signal.aborted) return pause(HURRIED_PAUSE_MS)
    return pause(pauseAfter(error, tries, this.#setting.random), this.#hurry.signal)
  }

  #giveUp(): void {
    for (const { settle } of this.#pending.splice(0)) settle(silence())
  }
}

function toLedgerError(cause: unknown): LedgerError {
  return cause instanceof LedgerError ? cause : new LedgerError('unavailable', String(cause), { cause })
}

const silence = () => new LedgerError('unavailable', 'the ledger did not answer before the worker ended')
