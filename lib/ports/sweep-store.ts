import type { Sweep, SweepKind, SweepStatus } from '../run/sweep.ts'

/** Passes of maintenance, and the work of those that are done in the database alone. */
export interface SweepStore {
  /**
   * Notes that a sweep begins. One that has not ended when its lease runs out is read as `failed` from there on, with the error
   * `SWEEP_GONE`.
   */
  begin(sweep: NewSweep): Promise<Sweep>
  /** Where it has got to, so that whoever comes after one that was killed goes on from there. */
  note(id: string, cursor: unknown): Promise<void>
  /** How it ended; null where there is none, or it was ended before. */
  end(id: string, outcome: SweepOutcome): Promise<Sweep | null>
  /** Ends as failed those whose lease ran out, with what they had noted; each is given back once. Without a kind, of all kinds. */
  endGone(kind?: SweepKind): Promise<Sweep[]>
  get(id: string): Promise<Sweep | null>
  /** The last one of this kind that did its work; one that only looked did not. */
  lastCompleted(kind: SweepKind): Promise<Sweep | null>
  /** Newest first, `limit` at most, those after the sweep with the id `after`. */
  list(page: SweepPage): Promise<Sweep[]>

  /** Stale runs by id, the oldest first: those after `after`, `limit` at most. Reads what runs, and nothing else. */
  findStale(search: StaleSearch): Promise<string[]>
  /**
   * Ends those of these runs that are stale, in one statement with their events: as failed, or as canceled where that was asked
   * for. What has ended by itself stays as it is; what somebody else is at, at that instant, is left to the next sweep.
   */
  endStale(batch: StaleBatch): Promise<EndedStale[]>
  /** How many are stale, by kind. */
  countStale(limits: StaleLimits): Promise<{ kind: string; count: number }[]>
}

/** Which sweeps: of a kind, that ended so. */
export interface SweepPage {
  kind?: SweepKind | undefined
  status?: SweepStatus | undefined
  after?: string | undefined
  limit: number
}

export type NewSweep = Pick<
  Sweep,
  'id' | 'kind' | 'dryRun' | 'policy' | 'requestedBy' | 'requestId' | 'cronExecutionId'
> & { leaseSeconds: number }

export interface SweepOutcome extends Pick<Sweep, 'plan' | 'counts' | 'bytes' | 'errors'> {
  status: Exclude<SweepStatus, 'running'>
  /** Where it got to, when time ran out before the work did; null: it is through. */
  cursor: unknown
}

/** How long a run may run, and what is said of one that ran for longer. */
export interface StaleRule {
  seconds: number
  error: string
}

export interface StaleLimits {
  default: StaleRule
  /** By the number of a script. */
  scripts: Record<number, StaleRule>
}

export interface StaleSearch {
  limits: StaleLimits
  after?: string | undefined
  limit: number
}

export interface StaleBatch {
  sweepId: string
  limits: StaleLimits
  ids: string[]
}

/** How many runs of a kind. */
export interface EndedStale {
  kind: string
  state: 'failed' | 'canceled'
  count: number
}
