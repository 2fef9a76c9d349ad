import { isLedgerError, isPassing } from '../run/errors.ts'
import type { SpoolVerbs } from './spool-verbs.ts'

export interface AskingOptions {
  /** Opens the ledger: asked when it is first needed, and again where that failed. May fail for as long as it likes. */
  open: () => Promise<SpoolVerbs>
  /** Ends the delivery at once; it may be taken up again. */
  signal?: AbortSignal
  /** How often in a row the ledger may fail to answer; default: for ever. */
  tries?: number
  /** Between two tries, growing up to `longest`; a ledger that names a time is given that. */
  pauseMs?: { first: number; longest: number }
  /** Aborted, it ends the pause of the moment, and makes each later one as short as the first. */
  hurry?: AbortSignal
  /** Told of each try that failed and will be repeated. */
  onTrouble?: (error: unknown) => void
}

/** The delivery stops here, and may be taken up again. */
export class NotNow extends Error {
  /** Whether another run would fare the same. */
  readonly isForAll: boolean

  constructor(message: string, { isForAll, cause }: { isForAll: boolean; cause?: unknown }) {
    super(message, { cause })
    this.name = 'NotNow'
    this.isForAll = isForAll
  }
}

const PAUSE_MS = { first: 500, longest: 30_000 }

/** Asks a ledger that may be away. */
export class Asking {
  readonly #options: AskingOptions
  #verbs: Promise<SpoolVerbs> | undefined

  constructor(options: AskingOptions) {
    this.#options = options
  }

  /**
   * Asks until there is an answer. Throws the ledger's refusal, and `NotNow` when it is time to stop: also where the refusal is
   * of the caller's key, which says nothing of the run.
   */
  async ask<T>(work: (verbs: SpoolVerbs) => Promise<T>): Promise<T> {
    const { first, longest } = this.#options.pauseMs ?? PAUSE_MS
    for (let tries = 1, pauseMs = first; ; tries++, pauseMs = Math.min(pauseMs * 2, longest)) {
      try {
        return await this.unlessAborted(this.#attempt(work))
      } catch (error) {
        if (error instanceof NotNow || isRefusal(error)) throw error
        if (isOfTheKey(error) || tries >= (this.#options.tries ?? Number.POSITIVE_INFINITY))
          throw new NotNow(messageOf(error), { isForAll: isOfTheLedger(error), cause: error })
        this.#options.onTrouble?.(error)
        await this.#pause(waitAskedBy(error) ?? (this.#options.hurry?.aborted ? first : pauseMs))
      }
    }
  }

  /** The same promise, left alone when the delivery is to stop. */
  async unlessAborted<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#options
    const { promise, reject } = Promise.withResolvers<never>()
    const stop = () => reject(new NotNow('it was stopped before it was through', { isForAll: true }))
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    try {
      return await Promise.race([work, promise])
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  async #attempt<T>(work: (verbs: SpoolVerbs) => Promise<T>): Promise<T> {
    this.#verbs ??= this.#options.open()
    let verbs: SpoolVerbs
    try {
      verbs = await this.#verbs
    } catch (error) {
      this.#verbs = undefined
      throw error instanceof NotNow ? error : new CannotOpen(error)
    }
    return await work(verbs)
  }

  async #pause(ms: number): Promise<void> {
    const { hurry } = this.#options
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const goOn = () => resolve()
    hurry?.addEventListener('abort', goOn)
    try {
      await this.unlessAborted(promise)
    } finally {
      clearTimeout(timer)
      hurry?.removeEventListener('abort', goOn)
    }
  }
}

/** Whatever keeps a ledger from being opened says nothing of the run. */
class CannotOpen extends Error {
  constructor(cause: unknown) {
    super(messageOf(cause), { cause })
  }
}

const isOfTheLedger = (error: unknown) => isLedgerError(error) || error instanceof CannotOpen

const isRefusal = (error: unknown) => isLedgerError(error) && !isPassing(error) && !isOfTheKey(error)

const isOfTheKey = (error: unknown) =>
  isLedgerError(error) && (error.code === 'unauthorized' || error.code === 'forbidden')

function waitAskedBy(error: unknown): number | undefined {
  const seconds = isLedgerError(error) ? error.retryAfterSeconds : undefined
  return seconds === undefined ? undefined : seconds * 1_000
}

/** What an error says. */
export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
