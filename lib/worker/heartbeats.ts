import { isLedgerError } from '../run/errors.ts'
import { LIMITS } from '../run/limits.ts'
import type { HeldRun } from './held-run.ts'
import type { Setting } from './options.ts'
import { pause, pauseAfter } from './pause.ts'
import { Trouble } from './trouble.ts'

/** The ledger takes one report of progress every 2 s (data page, rule 8). */
const PROGRESS_EVERY_MS = LIMITS.heartbeatWriteMs + 100

/**
 * Keeps the leases of all runs in hand: one batch for those whose third of a lease is over, and for those with news of
 * their progress. What the ledger answers is passed on: a cancel, or that the run is not ours any more.
 */
export class Heartbeats {
  readonly #setting: Setting
  readonly #held: ReadonlySet<HeldRun>
  readonly #beatEveryMs: number
  readonly #leaseMs: number
  readonly #trouble: Trouble
  #waiting = new AbortController()
  #isOver = false
  /** Beats that have failed in a row, and until when the ledger is left alone for it. */
  #failures = 0
  #quietUntil = Number.NEGATIVE_INFINITY
  #lapsing: NodeJS.Timeout | undefined

  constructor(setting: Setting, held: ReadonlySet<HeldRun>) {
    this.#setting = setting
    this.#held = held
    this.#leaseMs = setting.leaseSeconds * 1_000
    this.#beatEveryMs = this.#leaseMs / 3
    this.#trouble = new Trouble(setting.log, 'heartbeats')
  }

  /** Beats until `end`. Never rejects. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      const next = Math.min(...[...this.#held].map((held) => this.#dueAt(held)))
      await this.#wait(next - performance.now())
      const now = performance.now()
      const due = [...this.#held].filter((held) => this.#dueAt(held) <= now)
      const soon = [...this.#held].filter((held) => !due.includes(held) && this.#isDueSoon(held, now))
      if (due.length > 0) await this.#beat([...due, ...soon].slice(0, LIMITS.reportBatch), now)
    }
  }

  /** There is a new run, or news of one. */
  wake(): void {
    // The timer stands for the lease that runs out first, and a newer one runs out later.
    if (this.#lapsing === undefined) this.#giveUpLapsed()
    this.#waiting.abort()
  }

  end(): void {
    this.#isOver = true
    clearTimeout(this.#lapsing)
    this.#waiting.abort()
  }

  #dueAt(held: HeldRun): number {
    const dueAt = held.beatenAt + (held.news ? PROGRESS_EVERY_MS : this.#beatEveryMs)
    return Math.max(dueAt, this.#quietUntil)
  }

  /** It may come along; not sooner than the ledger takes its news. */
  #isDueSoon(held: HeldRun, now: number): boolean {
    return this.#dueAt(held) <= now + this.#beatEveryMs / 4 && held.beatenAt + PROGRESS_EVERY_MS <= now
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) return
    this.#waiting = new AbortController()
    if (this.#isOver) return
    await pause(Math.min(ms, this.#beatEveryMs), this.#waiting.signal)
  }

  async #beat(batch: HeldRun[], sentAt: number): Promise<void> {
    const sent = batch.map(({ leaseToken, run, news }) => ({ id: run.id, leaseToken, ...news }))
    const news = batch.map((held) => held.news)
    try {
      const answers = await this.#inTime(this.#setting.verbs.heartbeatRuns(sent))
      this.#trouble.isOver()
      this.#failures = 0
      for (const [n, held] of batch.entries()) {
        held.beatenAt = sentAt
        if (held.news === news[n]) held.news = undefined
        this.#hear(held, answers[n], sentAt)
      }
    } catch (error) {
      this.#trouble.note(error)
      const pauseMs = pauseAfter(error, this.#failures++, this.#setting.random, this.#beatEveryMs)
      this.#quietUntil = performance.now() + pauseMs
    }
  }

  #hear(held: HeldRun, answer: unknown, sentAt: number): void {
    if (!isLedgerError(answer)) {
      held.leaseUntil = sentAt + this.#leaseMs
      if ((answer as { cancelRequested: boolean }).cancelRequested) held.stop('canceled', 'canceled')
    } else if (answer.code === 'lease_lost' || answer.code === 'not_found') {
      held.stop('lease_lost', answer.message)
    } else if (!held.hasEnded) {
      this.#setting.log.warn(`a heartbeat was refused: ${answer.message}`, held.words)
    }
  }

  /** An answer that takes longer than it is of use counts as none. */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error('no answer in time')), this.#beatEveryMs)
    return Promise.race([answer, promise]).finally(() => clearTimeout(timer))
  }

  /**
   * A ledger that has not answered for a whole lease may have given the run to another; two must not do it at once. On a
   * timer of its own, so that no heartbeat on its way holds it up.
   */
  #giveUpLapsed(): void {
    const now = performance.now()
    const stoppable = [...this.#held].filter((held) => held.mayGoToAnother && held.mayBeStopped)
    for (const held of stoppable)
      if (held.leaseUntil <= now)
        held.stop('lease_lost', 'the lease has run out while the ledger could not be reached')
    const next = Math.min(...stoppable.filter((held) => held.mayBeStopped).map((held) => held.leaseUntil))
    this.#lapsing =
      this.#isOver || next === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => this.#giveUpLapsed(), next - now)
  }
}
