import type { Verbs } from '../client/verbs.ts'
import type { CompleteRun } from '../ledger/runs/completion.ts'
import type { HeartbeatRun } from '../ledger/runs/heartbeat-runs.ts'
import type { Log } from '../ports/log.ts'
import type { SendOutputs } from '../spool/send-end.ts'
import type { Handler } from './handler.ts'
import type { SecretOf } from './secrets.ts'

/** What a worker needs of a ledger: a client has it, and so has this machine's own. */
export interface WorkVerbs {
  claimRuns: Verbs['claimRuns']
  heartbeatRuns(runs: HeartbeatRun[]): ReturnType<Verbs['heartbeatRuns']>
  completeRuns(runs: CompleteRun[]): ReturnType<Verbs['completeRuns']>
  /** Takes what runs say. Without it, or without a `url`, that is in the worker's own log alone. */
  appendLog?: Verbs['appendLog']
  /** Takes files of runs. Without it a handler's `output` throws. */
  uploadOutput?: Verbs['uploadOutput']
  /** For what `exec` has left in the same home. */
  startRun?: Verbs['startRun']
  /** Where the ledger is: what a worker leaves on disk is delivered there alone. */
  url?: string
}

/** How what runs say is kept until the ledger has it. */
export interface LogKeeping {
  /** The spool is its folder `spool`. */
  home: string
  /** The ledger that the runs belong to, as `OpenVerbs` has it. */
  place: string
  now: () => Date
  /** Sends the files that `exec` has left with its runs; without it those wait for another. */
  sendOutputs?: SendOutputs
  /** Fields of a line as JSON has them, without what never stands in a log. Never throws. */
  tellFields: (fields: Record<string, unknown>) => Record<string, unknown>
}

/** Everything a worker works with, decided. */
export interface Setting {
  verbs: WorkVerbs
  kinds?: string[]
  projectId?: string | null
  concurrency: number
  leaseSeconds: number
  /** How long one claim waits for work. */
  pollSeconds: number
  /** How long what runs may go on once the worker is told to stop. */
  drainMs: number
  /** How long a handler may take to obey its signal. */
  graceMs: number
  /** Take what is due, and end when there is nothing more. */
  once: boolean
  workerId: string
  secretOf: SecretOf
  log: Log
  /** In [0, 1). */
  random: () => number
  /** A name for a claim that no other claim has. */
  newId: () => string
  /** Null: what runs say is in the worker's own log alone. */
  keeping: LogKeeping | null
}

/** What became of all that a worker took. */
export interface Summary {
  succeeded: number
  /** Failed for good. */
  failed: number
  /** Failed, and queued for another attempt. */
  retried: number
  canceled: number
  /** Given back, because the worker was told to stop. */
  released: number
  /** Ended here when they were somebody else's already, or the ledger could not be told. */
  lost: number
  /** Handlers that never obeyed their signal, and may be at work still. */
  abandoned: number
}

/** What became of one run: how the ledger took its end. */
export type Ending = Exclude<keyof Summary, 'abandoned'>

/** The part of a setting that whoever makes a worker says; what is left out, or undefined, has its default. */
export interface WorkerOptions extends Said<Omit<Setting, 'verbs' | 'keeping'>> {
  /** A client of a server (`createClient`), or anything else that claims, beats and completes. */
  client: WorkVerbs
  /**
   * What runs say is kept below this folder, in `spool`, until the ledger has it; where this process is killed, the next worker with
   * the same folder delivers it, or `runledger flush`. Default: `RUNLEDGER_HOME`, else `~/.local/share/runledger`.
   */
  spoolFolder?: string | undefined
  /** What does the work, by kind. */
  handlers: Record<string, Handler>
}

type Said<T> = { [Name in keyof T]?: T[Name] | undefined }

export interface Worker {
  /**
   * Works until it is stopped (`once`: until nothing is due), and tells what became of the runs. Rejects when the ledger
   * refuses it for good (a key that may not, a kind that is none), and with `conflict` when called again.
   */
  run(): Promise<Summary>
  /** Takes nothing more; waits `drainMs` for what runs, then tells it to stop and gives it back. */
  stop(): void
  /** Ends at once: gives back what runs, and waits no longer than the ledger takes to hear it (2 s at most). */
  abort(): void
}
