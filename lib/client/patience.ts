import { setTimeout as sleep } from 'node:timers/promises'
import { isLedgerError, isPassing } from '../run/errors.ts'
import { Limit } from './limit.ts'

/** Half a minute in all. */
const TRIES = 6
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
const LONGEST_RETRY_AFTER_MS = 60_000

/**
 * Waits for what may pass, longer each time (0.5 s to 15 s), or as long as the error asks for. An error that does not pass, and
 * one after `tries` in a row, it throws.
 */
export class Patience {
  #failed = 0
  readonly #signals: (AbortSignal | undefined)[]
  readonly #tries: number

  /** Any of `signals` ends the patience. */
  constructor(signals: (AbortSignal | undefined)[], tries = TRIES) {
    this.#signals = signals
    this.#tries = tries
  }

  /** Something has gone through since. */
  went(): void {
    this.#failed = 0
  }

  async wait(error: unknown): Promise<void> {
    if (!isPassing(error) || this.#failed >= this.#tries) throw error
    const asked = isLedgerError(error) ? error.retryAfterSeconds : undefined
    const pauseMs =
      asked === undefined
        ? Math.min(FIRST_PAUSE_MS * 2 ** this.#failed, LONGEST_PAUSE_MS)
        : Math.min(asked * 1_000, LONGEST_RETRY_AFTER_MS)
    this.#failed++
    const limit = new Limit(this.#signals)
    await sleep(pauseMs, undefined, { signal: limit.signal }).catch(() => {})
    limit.release()
    if (limit.signal.aborted) throw error
  }
}
