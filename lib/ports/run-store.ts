import type { EventType, RunEvent } from '../run/event.ts'
import type { ErrorCodeOfRun, Run, StorageState } from '../run/run.ts'
import type { RunBrief } from '../run/run-brief.ts'
import type { FinalState, RunState } from '../run/transitions.ts'

/**
 * Where runs are kept. Every method is atomic: it happens whole or not at all, also when the process is killed inside it.
 * The store's own clock is the only one that decides about leases and due times.
 * A database that cannot be reached throws `LedgerError('unavailable')`.
 */
export interface RunStore {
  /**
   * Adds runs, in order, with their events; registers kinds not seen before. A run whose idempotency key or id is taken is
   * not added: the answer then is the run that has it, with `inserted: false`, whichever project an id belongs to.
   */
  insert(runs: NewRun[]): Promise<Inserted[]>

  /**
   * Takes up to `limit` due runs, highest priority first, then by `runAt` and id; fewer where their contents together pass
   * `bytes`. No two callers get the same run, and none gets nothing while there is work that nobody is taking.
   */
  claim(request: ClaimRequest): Promise<Run[]>

  /** Whether `claim` would find anything: the cheap question of a waiting worker. */
  hasDue(filter: QueueFilter): Promise<boolean>

  /** Extends leases and writes progress. Null where the lease is not (or no longer) held. In the order asked. */
  beat(beats: Beat[]): Promise<(BeatAnswer | null)[]>

  /**
   * The heart: each move happens only where its run is in one of `from` and meets the guard, with its events in the same
   * transaction. Gives back the run as it then is, or null where nothing was changed. In the order asked; ids must differ.
   */
  move(moves: Move[]): Promise<(Run | null)[]>

  /** The same, answered with briefs: of many runs, to read them back whole is most of the work. */
  moveBriefly(moves: Move[]): Promise<(RunBrief | null)[]>

  /** The runs with these ids, in the order asked; null where there is none. Briefly: without their inputs, which are null then. */
  get(ids: string[], options?: { isBrief: boolean }): Promise<(Run | null)[]>

  /** One page of runs, newest (or oldest) first, never more than `limit`. */
  list(filter: RunFilter): Promise<Run[]>

  /** How many runs a list would go through, counted up to `most`. */
  count(filter: CountedRuns, most: number): Promise<number>

  /**
   * The same by state. Of each state up to `most`; where a filter leaves no index for that, of the newest `5 * most` in all. `more`:
   * there may be others.
   */
  countByState(filter: Omit<CountedRuns, 'state'> & Pick<RunFilter, 'q'>, most: number): Promise<StateCount[]>

  /** Events of several runs, each after the id it was read up to, oldest first; `limit` of them in all. */
  events(after: { runId: string; id: number }[], limit: number): Promise<RunEvent[]>

  /**
   * Running runs whose lease ran out (`lost`), or else whose timeout with its grace passed (`timeout`), the longest first.
   */
  lapsed(limit: number): Promise<Lapsed[]>

  /** Brings statistics up to date, a bounded number of changes at a time. Safe to call at any time, by anyone. */
  rollUp(limit: number): Promise<{ applied: number; more: boolean }>

  /** What ended since, by hour; what waits and runs, now. `projectId` undefined: of all projects. */
  stats(filter: { since: string; projectId?: string | null | undefined }): Promise<StoredStats>

  /** What ended from the hour of `since` on, by hour; an hour in which nothing ended is left out. */
  outcomes(filter: OutcomeFilter): Promise<StoredOutcomes>

  /**
   * How long runs of these kinds took that succeeded, as buckets with their counts: since ever, or of one project in the last days.
   * Nothing of a kind none of which has.
   */
  durations(asked: {
    kinds: string[]
    projectId: string | null | undefined
  }): Promise<{ kind: string; buckets: [bucket: number, count: number][] }[]>
}

export interface NewRun {
  id: string
  projectId: string | null
  kind: string
  name: string | null
  input: unknown
  idempotencyKey: string | null
  /** SHA-256 of the canonical body, to tell a repeat from a misuse of the key. */
  idempotencyHash: string | null
  maxAttempts: number
  priority: number
  /** An instant, or milliseconds from now by the store's clock. */
  runAt: string | { inMs: number }
  timeoutSeconds: number | null
  labels: Record<string, string>
  createdBy: string
  /** The execution of a cron job that waits for it. */
  cronExecutionId?: string | undefined
  /** Born running (`:start`): its lease, and what its starter says of it. */
  started?: { workerId: string; leaseSeconds: number | null; startedAt: string | null; pid: number | null }
}

export interface Inserted {
  run: Run
  inserted: boolean
  idempotencyHash: string | null
}

export interface QueueFilter {
  /** Exactly this project's queue; null is the system's. */
  projectId: string | null
  /** Undefined: any kind. */
  kinds?: string[] | undefined
}

export interface ClaimRequest extends QueueFilter {
  workerId: string
  /** Asked again with the same id, the runs still held under it come back instead of new ones. */
  claimId?: string | undefined
  limit: number
  /** Taking stops with the run that passes this size: what is claimed must fit into an answer. Undefined: no bound. */
  bytes?: number | undefined
  leaseSeconds: number
}

export interface Beat {
  id: string
  fence: number
  leaseSeconds: number
  projectId?: string | undefined
  actor: string
  progress?: number | undefined
  message?: string | undefined
}

export interface BeatAnswer {
  leaseExpiresAt: string
  cancelRequested: boolean
}

/** `'now'`, an instant, or milliseconds from now, by the store's clock. */
export type StoreTime = 'now' | { at: string } | { inMs: number }

export interface Move {
  id: string
  from: readonly RunState[]
  guard?: MoveGuard
  patch: RunPatch
  events: { type: EventType; data: Record<string, unknown> }[]
  actor: string
}

/** What must hold of the run, besides its state, at the moment of the move. */
export interface MoveGuard {
  fence?: number
  /** A lease is held, whether or not its time is up: nobody else has the run. */
  leased?: true
  /** No lease is held: the run was begun without one, and is spoken of by its id. */
  unleased?: true
  /** The lease ran out, or the timeout with its grace passed. */
  lapsed?: true
  /** A cancel has been asked for, or has not. */
  cancelRequested?: boolean
  errorCode?: ErrorCodeOfRun
  storageState?: StorageState
  origin?: Run['origin']
  projectId?: string
}

/** Columns to set. What is undefined stays. A move out of `running` ends the lease by itself. */
export interface RunPatch {
  state?: RunState
  error?: string | null
  errorCode?: ErrorCodeOfRun | null
  outputRef?: string | null
  attempt?: number
  runAt?: StoreTime
  /** Never before the start nor after now: an instant outside is moved to the nearer end. */
  finishedAt?: StoreTime | null
  /** Null forgets the start, the holder and the heartbeat. */
  startedAt?: null
  cancelRequestedAt?: StoreTime | null
  progress?: number
  progressMessage?: string | null
  exitCode?: number | null
  memoryPeakBytes?: number | null
  cpuSeconds?: number | null
  /** Added to those the run has; of a name that is there already, the new value counts. */
  labels?: Record<string, string>
  /** The offset at which the attempt's log ends, as its holder says. */
  logFinalOffset?: number
}

export interface RunFilter {
  /** Undefined: of all projects; null: the system's. */
  projectId?: string | null | undefined
  state?: RunState[] | undefined
  kind?: string | undefined
  storageState?: readonly StorageState[] | undefined
  label?: { key: string; value: string } | undefined
  /** From this instant on, by `createdAt`. */
  since?: string | undefined
  /** Up to but not at this instant. */
  before?: string | undefined
  /** Prefix of id, kind or name. */
  q?: string | undefined
  /** The number of the script that they are of. */
  scriptId?: number | undefined
  /** Of what is archived, being deleted or deleted, only what this one created. Undefined: whoever created it. */
  putAwayBy?: string | undefined
  after?: { createdAt: string; id: string } | undefined
  /** So many are passed over first, each of which is read. Default: 0. */
  skip?: number | undefined
  /** Without their inputs, which are null then. */
  isBrief?: boolean | undefined
  sort: 'createdAt:desc' | 'createdAt:asc'
  limit: number
}

export type CountedRuns = Omit<RunFilter, 'q' | 'after' | 'skip' | 'isBrief' | 'sort' | 'limit'>

export interface StateCount {
  state: RunState
  count: number
  more: boolean
}

export interface OutcomeFilter {
  since: string
  /** Up to but not in the hour of this instant. */
  before?: string | undefined
  kind?: string | undefined
  /** Undefined: of all projects; null: the system's. */
  projectId?: string | null | undefined
  /** Whether it is asked how long they took. */
  timed: boolean
}

export interface StoredOutcomes {
  hours: { at: string; state: FinalState; count: number }[]
  durations: { state: FinalState; bucket: number; count: number }[]
}

export interface Lapsed {
  run: Run
  why: 'lost' | 'timeout'
}

export interface StoredStats {
  ended: {
    state: 'succeeded' | 'failed' | 'canceled'
    count: number
    durationMs: number
    buckets: [bucket: number, count: number][]
  }[]
  running: number
  queue: { kind: string; depth: number; due: number; oldestAgeSeconds: number | null }[]
}
