import type { Log } from '../ports/log.ts'
import { openSpool, type Spool } from '../spool/open-spool.ts'
import type { SpoolVerbs } from '../spool/spool-verbs.ts'
import { LeftRuns } from './left-runs.ts'
import type { LogKeeping, Setting } from './options.ts'
import { pause } from './pause.ts'
import { type LoggedRun, RunLog } from './run-log.ts'
import { spoolVerbsOf } from './spool-verbs-of.ts'
import { Trouble } from './trouble.ts'

/** How long a disk is waited for by a worker that ends. */
export const DISK_MS = 200

/** The logs of a worker's runs; null where they are not kept. */
export function openRunLogs({ keeping, verbs, log }: Setting): RunLogs | null {
  const spoolVerbs = keeping && spoolVerbsOf(verbs)
  return spoolVerbs && new RunLogs(keeping, spoolVerbs, harmless(log))
}

/** The log of whoever made the worker; what it throws is dropped. */
function harmless(log: Log): Log {
  const say =
    (level: 'info' | 'warn' | 'error'): Log['info'] =>
    (...said) => {
      try {
        log[level](...said)
      } catch {}
    }
  return { info: say('info'), warn: say('warn'), error: say('error') }
}

/** The logs of all runs that a worker has in hand. */
class RunLogs {
  readonly #keeping: LogKeeping
  readonly #verbs: SpoolVerbs
  readonly #spool: Spool
  readonly #trouble: Trouble
  readonly #leftRuns: LeftRuns
  readonly #open = new Set<RunLog>()
  #isHurried = false
  #ended: Promise<void> | undefined

  constructor(keeping: LogKeeping, verbs: SpoolVerbs, log: Log) {
    this.#keeping = keeping
    this.#trouble = new Trouble(log, 'logs of runs')
    this.#leftRuns = new LeftRuns(keeping, verbs, log)
    this.#verbs = { ...verbs, appendLog: (chunk) => this.#append(verbs, chunk) }
    this.#spool = openSpool({
      ...keeping,
      onFull: (runId, reason) =>
        log.warn(`the log of a run cannot be kept in ${keeping.home}: ${reason}`, { runId }),
    })
  }

  /** For what an attempt will say. */
  open(run: LoggedRun): RunLog {
    const log: RunLog = new RunLog(run, {
      spool: this.#spool,
      verbs: this.#verbs,
      now: this.#keeping.now,
      tellFields: this.#keeping.tellFields,
      onTrouble: (error) => this.#trouble.note(error),
      onBegin: () => {
        this.#open.add(log)
        if (this.#isHurried) log.hurry()
      },
      onEnd: () => this.#open.delete(log),
    })
    return log
  }

  /** Delivers what ended processes have left, until the signal aborts; resolves when all of it had its turn. */
  deliverLeft(signal: AbortSignal): Promise<void> {
    void this.#leftRuns.deliver(signal)
    return this.#leftRuns.firstRound
  }

  /** From now on a ledger that has gone is tried again without long pauses. */
  hurry(): void {
    this.#isHurried = true
    for (const log of this.#open) log.hurry()
  }

  /** Nothing more is delivered. Resolves when the rest is safe in the spool, or the disk takes too long. Never rejects. */
  end(): Promise<void> {
    this.#ended ??= this.#leaveAll()
    return this.#ended
  }

  async #leaveAll(): Promise<void> {
    const left = Promise.all([...this.#open].map((log) => log.leave()))
    const waiting = new AbortController()
    void left.then(() => waiting.abort())
    await pause(DISK_MS, waiting.signal)
  }

  async #append(verbs: SpoolVerbs, chunk: Parameters<SpoolVerbs['appendLog']>[0]) {
    const answer = await verbs.appendLog(chunk)
    this.#trouble.isOver()
    return answer
  }
}

export type { RunLogs }
