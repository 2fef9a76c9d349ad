import { isLedgerError } from '../run/errors.ts'
import type { Asking } from './asking.ts'
import type { SpoolVerbs } from './spool-verbs.ts'
import type { Spooled } from './spooled.ts'

/** The lease under which a run is delivered: the one it was claimed with, or that of its start. */
export class Lease {
  readonly #spooled: Spooled
  readonly #asking: Asking
  readonly #onStart: ((lease: { leaseToken: string }) => void) | undefined
  #isOfNow = false
  #isTold = false

  constructor(spooled: Spooled, asking: Asking, onStart?: (lease: { leaseToken: string }) => void) {
    this.#spooled = spooled
    this.#asking = asking
    this.#onStart = onStart
  }

  /** The token; the run is started where it was not. Throws as `ask` does. */
  async token(): Promise<string> {
    const leaseToken = this.#spooled.sent.leaseToken ?? (await this.#start())
    if (!this.#isTold) this.#onStart?.({ leaseToken })
    this.#isTold = true
    return leaseToken
  }

  /** Asks under the lease. A token from an earlier time that the ledger does not know any more is asked for anew. */
  async ask<T>(work: (verbs: SpoolVerbs, leaseToken: string) => Promise<T>): Promise<T> {
    const leaseToken = await this.token()
    try {
      return await this.#asking.ask((verbs) => work(verbs, leaseToken))
    } catch (error) {
      const isStale = isLedgerError(error) && error.code === 'invalid' && !this.#isOfNow
      if (!isStale || this.#spooled.record.start === null) throw error
      this.#isTold = false
      await this.#spooled.saveSent({ leaseToken: null })
      return await this.ask(work)
    }
  }

  async #start(): Promise<string> {
    const { record, log } = this.#spooled
    const { timeoutSeconds, ...start } = record.start ?? noStart()
    // A run that is over cannot time out any more, and must not be called so while its log is on its way.
    const isOver = log.state === 'whole' || timeoutSeconds === undefined
    const request = isOver ? start : { ...start, timeoutSeconds }
    const { run, leaseToken } = await this.#asking.ask((verbs) => verbs.startRun(request))
    this.#isOfNow = true
    await this.#spooled.saveSent({ leaseToken, fence: run.fence })
    return leaseToken
  }
}

function noStart(): never {
  throw new Error('a claimed run has the lease token of its claim')
}
