import type { CompleteRun } from '../ledger/runs/completion.ts'
import { runAfter } from '../process/run-after.ts'
import { isLedgerError, LedgerError } from '../run/errors.ts'
import { NotNow } from '../spool/asking.ts'
import { type Delivery, deliver } from '../spool/deliver.ts'
import type { EndOfRun } from '../spool/records.ts'
import type { RunSpool } from '../spool/run-spool.ts'
import type { SpoolVerbs } from '../spool/spool-verbs.ts'
import type { Answer } from './completions.ts'

export interface Delivering {
  verbs: SpoolVerbs
  onTrouble: (error: unknown) => void
}

/** How ends are told to the ledger: together with those of other runs. Never rejects. */
export type Tell = (report: CompleteRun) => Promise<Answer>

const CALM_MS = { first: 500, longest: 15_000 }
const HURRIED_MS = { first: 200, longest: 200 }

/** A run in the spool that this worker delivers: its log while it goes on, then how it ended. Never throws. */
export class SpooledRun {
  readonly spooled: RunSpool
  readonly #delivering: Delivering
  readonly #calm = new AbortController()
  readonly #giveUp = new AbortController()
  #delivery: Promise<Delivery>
  /** The ledger's delivery came to a halt before the run ended. */
  #hasHalted = false
  #isHurried = false
  #isInTrouble = false
  #tell: Tell | undefined
  #answer: Answer | undefined
  #ending: Promise<Answer> | undefined

  constructor(spooled: RunSpool, delivering: Delivering) {
    this.spooled = spooled
    this.#delivering = delivering
    this.#delivery = this.#deliver()
    void this.#delivery.then(() => {
      this.#hasHalted = true
    })
  }

  /**
   * Tells the end by `tell` once the log is delivered, and gives back what the ledger says to it. What cannot be delivered in so many
   * milliseconds, or before the worker ends, stays in the spool.
   */
  tell(report: CompleteRun, tell: Tell, patienceMs: number): Promise<Answer> {
    this.#ending ??= this.#end(report, tell, patienceMs)
    return this.#ending
  }

  /** From now on a ledger that has gone is tried again without long pauses. What is on its way is left alone. */
  hurry(): void {
    this.#isHurried = true
    if (this.#isInTrouble) this.#calm.abort()
  }

  /** Delivers nothing more. */
  async leave(): Promise<void> {
    this.#stop()
    this.#ending ??= this.#delivery.then(() => this.#abandon())
    await this.#ending
  }

  async #end(report: CompleteRun, tell: Tell, patienceMs: number): Promise<Answer> {
    this.#tell = tell
    await this.spooled.end(toEnd(report))
    if (this.#hasHalted) this.#delivery = this.#deliver()
    const patience = runAfter(Math.max(0, patienceMs), () => this.#stop())
    const delivery = await this.#delivery
    patience.cancel()
    const left = delivery.result === 'waiting' ? await this.#abandon(delivery.why) : undefined
    // Whatever the ledger has against the log, how the run came out is told.
    return this.#answer ?? left ?? (await tell(report))
  }

  async #abandon(why = 'the worker ends'): Promise<Answer> {
    await this.spooled.abandon()
    return { untold: new LedgerError('unavailable', `${why}; what there is of it stays in the spool`) }
  }

  #stop(): void {
    this.#giveUp.abort()
    this.#calm.abort()
  }

  async #deliver(): Promise<Delivery> {
    const open = async () => ({ ...this.#delivering.verbs, ...this.#endings() })
    const onTrouble = (error: unknown) => {
      this.#delivering.onTrouble(error)
      this.#isInTrouble = true
      if (this.#isHurried) this.#calm.abort()
    }
    const onProgress = () => {
      this.#isInTrouble = false
    }
    const options = { open, onTrouble, onProgress }
    const calm = await deliver(this.spooled, { ...options, signal: this.#calm.signal, pauseMs: CALM_MS })
    if (calm.result !== 'waiting' || !this.#calm.signal.aborted || this.#giveUp.signal.aborted) return calm
    return await deliver(this.spooled, { ...options, signal: this.#giveUp.signal, pauseMs: HURRIED_MS })
  }

  #endings(): Pick<SpoolVerbs, 'succeedRun' | 'failRun'> {
    const complete = async (report: CompleteRun) => {
      const answer = (await this.#tell?.(report)) ?? { untold: new LedgerError('unavailable', 'it goes on') }
      if ('untold' in answer)
        throw new NotNow(answer.untold.message, { isForAll: true, cause: answer.untold })
      this.#answer = answer
      if (isLedgerError(answer.said)) throw answer.said
    }
    return {
      succeedRun: (report) => complete({ ...report, outcome: 'succeeded' }),
      failRun: (report) => complete({ ...report, outcome: 'failed' }),
    }
  }
}

function toEnd({ id: _, leaseToken: __, ...report }: CompleteRun): EndOfRun {
  const { outcome, ...said } = report
  return (
    outcome === 'succeeded' ? { method: 'succeedRun', report: said } : { method: 'failRun', report: said }
  ) as EndOfRun
}
