import type { Claimed } from '../ledger/runs/claim-runs.ts'
import { LedgerError } from '../run/errors.ts'
import { type Carrying, carryRun } from './carry-run.ts'
import { claim } from './claim.ts'
import { Completions } from './completions.ts'
import type { Executor } from './handler.ts'
import { Heartbeats } from './heartbeats.ts'
import { HeldRun } from './held-run.ts'
import type { Setting, Summary, Worker } from './options.ts'
import { pause, whenAborted } from './pause.ts'
import { DISK_MS, openRunLogs, type RunLogs } from './run-logs.ts'
import { Trouble } from './trouble.ts'

/** How long the ledger is waited for by a worker that ends. */
export const HURRY_MS = 2_000
/** Between a claim that found nothing and the next, with jitter: workers that began together drift apart. */
const EMPTY_PAUSE_MS = 500
/** How long one that ends when nothing is due goes on delivering what others have left. */
const LEFT_RUNS_MS = 10_000
/** So many ends may be on their way to the ledger while the next runs are at work. */
const UNTOLD = 10

/** A worker around whatever does the work. */
export function makeWorker(setting: Setting, execute: Executor): Worker {
  return new PoolWorker(setting, execute)
}

class PoolWorker implements Worker {
  readonly #setting: Setting
  readonly #held = new Set<HeldRun>()
  readonly #beats: Heartbeats
  readonly #completions: Completions
  readonly #logs: RunLogs | null
  readonly #carrying: Carrying
  readonly #stopping = new AbortController()
  readonly #hurry = new AbortController()
  /** The time of a worker that ends at once is over. */
  readonly #over = new AbortController()
  #hasBegun = false
  readonly #summary: Summary = {
    succeeded: 0,
    failed: 0,
    retried: 0,
    canceled: 0,
    released: 0,
    lost: 0,
    abandoned: 0,
  }
  /** Whose handlers are at work, also those that have not obeyed. */
  readonly #working = new Set<HeldRun>()
  #changed = Promise.withResolvers<void>()

  constructor(setting: Setting, execute: Executor) {
    this.#setting = setting
    this.#beats = new Heartbeats(setting, this.#held)
    this.#completions = new Completions(setting)
    this.#logs = openRunLogs(setting)
    this.#carrying = {
      setting,
      execute,
      completions: this.#completions,
      logs: this.#logs,
      stopping: this.#stopping.signal,
      hurry: this.#hurry.signal,
      onProgress: () => this.#beats.wake(),
      onTelling: (held) => {
        this.#working.delete(held)
        this.#noteChange()
      },
      onEnd: (held, ending) => {
        // One that could not be told in time has been counted.
        if (this.#held.delete(held)) this.#summary[ending]++
        this.#noteChange()
      },
      onAbandoned: (change) => {
        this.#summary.abandoned += change
      },
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#noteChange()
  }

  abort(): void {
    if (this.#hurry.signal.aborted) return
    this.stop()
    this.#hurry.abort()
    setTimeout(() => void this.#logs?.end(), HURRY_MS - DISK_MS).unref()
    setTimeout(() => this.#over.abort(), HURRY_MS).unref()
    this.#completions.hurry(HURRY_MS)
    this.#logs?.hurry()
    this.#stopAll()
  }

  async run(): Promise<Summary> {
    if (this.#hasBegun) throw new LedgerError('conflict', 'a worker runs once; make another')
    this.#hasBegun = true
    void this.#beats.run()
    const leftRuns = this.#logs?.deliverLeft(this.#stopping.signal)
    try {
      await Promise.race([this.#takeRuns(), whenAborted(this.#over.signal)])
      await Promise.race([leftRuns, pause(LEFT_RUNS_MS, this.#stopping.signal)])
    } finally {
      await this.#drain()
      this.#beats.end()
      this.#completions.end()
      await this.#logs?.end()
    }
    return { ...this.#summary }
  }

  async #takeRuns(): Promise<void> {
    const { once, random, log } = this.#setting
    const stopping = this.#stopping.signal
    const trouble = new Trouble(log, 'claims')
    while (!stopping.aborted) {
      const free = this.#free()
      if (free > 0) {
        const { claimed, isOld } = await claim(this.#setting, {
          free,
          stopping,
          over: this.#over.signal,
          trouble,
        })
        for (const one of claimed) this.#take(one, isOld)
        if (claimed.length > 0) continue
      }
      // Handlers that do not obey are not waited for.
      if (once && this.#held.size === 0 && this.#working.size === this.#summary.abandoned) return
      await (once || free <= 0 ? this.#change() : pause(EMPTY_PAUSE_MS * random(), stopping))
    }
  }

  /** How many may be taken: none while too many ends wait to be told, as to a ledger that has gone. */
  #free(): number {
    const { concurrency } = this.#setting
    const telling = this.#held.size - this.#working.size + this.#summary.abandoned
    return telling >= Math.max(concurrency, UNTOLD) ? 0 : concurrency - this.#working.size
  }

  #take(claimed: Claimed, isOld: boolean): void {
    const leaseMs = this.#setting.leaseSeconds * 1_000
    const held = new HeldRun(claimed, { takenAt: performance.now(), leaseMs, isOld })
    this.#held.add(held)
    this.#working.add(held)
    this.#beats.wake()
    void carryRun(held, this.#carrying).finally(() => {
      this.#working.delete(held)
      this.#noteChange()
    })
  }

  async #drain(): Promise<void> {
    this.stop()
    const { drainMs, graceMs, log } = this.#setting
    await this.#empty(drainMs, this.#hurry.signal)
    if (this.#held.size > 0) {
      this.#stopAll()
      this.#completions.hurry(graceMs + HURRY_MS)
      this.#logs?.hurry()
      await this.#empty(graceMs + HURRY_MS, this.#hurry.signal)
      await this.#empty(HURRY_MS, this.#over.signal)
    }
    this.#summary.lost += this.#held.size
    for (const held of this.#held) log.error('the end of a run could not be told', held.words)
    this.#held.clear()
  }

  #stopAll(): void {
    for (const held of this.#held) held.stop('shutdown', 'the worker shuts down')
  }

  /** Waits until nothing is in hand: this long at most, and no longer than until `signal` aborts. */
  async #empty(ms: number, signal?: AbortSignal): Promise<void> {
    let isOver = false
    const over = pause(ms, signal, false).then(() => {
      isOver = true
    })
    while (this.#held.size > 0 && !isOver) await Promise.race([this.#change(), over])
  }

  /** Resolves when a run has ended, or the worker is told to stop. */
  #change(): Promise<void> {
    return this.#changed.promise
  }

  #noteChange(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
