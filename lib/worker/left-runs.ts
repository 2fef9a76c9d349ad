import type { Log } from '../ports/log.ts'
import type { Delivery } from '../spool/deliver.ts'
import { flushSpool } from '../spool/flush-spool.ts'
import type { SpoolVerbs } from '../spool/spool-verbs.ts'
import type { LogKeeping } from './options.ts'
import { pause } from './pause.ts'
import { Trouble } from './trouble.ts'

/** Between two rounds: what a killed worker left is told before its leases run out, and what has to wait is left alone longer. */
const EVERY_MS = { first: 10_000, longest: 60_000 }

/** Delivers what ended processes have left in the spool, beside the worker's own runs: at its start, then again and again. */
export class LeftRuns {
  readonly #keeping: LogKeeping
  readonly #verbs: SpoolVerbs
  readonly #log: Log
  readonly #trouble: Trouble
  readonly #firstRound = Promise.withResolvers<void>()

  constructor(keeping: LogKeeping, verbs: SpoolVerbs, log: Log) {
    this.#keeping = keeping
    this.#verbs = verbs
    this.#log = log
    this.#trouble = new Trouble(log, 'what is left in the spool')
  }

  /** Resolves when everything that was left had its turn. */
  get firstRound(): Promise<void> {
    return this.#firstRound.promise
  }

  /** Goes on until the signal aborts. Never rejects. */
  async deliver(signal: AbortSignal): Promise<void> {
    for (let everyMs = EVERY_MS.first; !signal.aborted; ) {
      const isAllGone = await this.#flush(signal)
      this.#firstRound.resolve()
      await pause(everyMs, signal, false)
      everyMs = isAllGone ? EVERY_MS.first : Math.min(everyMs * 2, EVERY_MS.longest)
    }
  }

  /** Whether nothing is left. */
  async #flush(signal: AbortSignal): Promise<boolean> {
    const { home, place, now, sendOutputs } = this.#keeping
    const open = async () => ({ verbs: this.#verbs, place })
    try {
      const onDelivery = (delivery: Delivery) => this.#tell(delivery, signal)
      const { waiting } = await flushSpool({
        home,
        now,
        open,
        signal,
        onDelivery,
        ...(sendOutputs && { sendOutputs }),
      })
      return waiting.length === 0
    } catch (error) {
      this.#trouble.note(error)
      return false
    }
  }

  #tell(delivery: Delivery, signal: AbortSignal): void {
    const { id: runId } = delivery
    if (delivery.result === 'delivered') {
      this.#log.info('a run that was left in the spool is delivered', { runId, logBytes: delivery.bytes })
    } else if (delivery.result !== 'waiting') {
      const { why, folder } = delivery
      this.#log.warn('a run that was left in the spool is taken no more', { runId, why, folder })
    } else if (!signal.aborted) this.#trouble.note(delivery.why)
  }
}
