import type { ExecutionStatus } from '../run/cron-execution.ts'
import type { StorageTotal } from '../run/storage.ts'
import type { SweepKind, SweepStatus } from '../run/sweep.ts'
import type { FinalState } from '../run/transitions.ts'

/** What a monitoring system asks of a ledger, every few seconds: cheap at any number of runs that have ended. */
export interface MetricsStore {
  /** All of it as of one instant. What has ended is as of the last roll-up. */
  read(wanted: MetricsWanted): Promise<Metrics>
}

export interface MetricsWanted {
  /** How many kinds are told apart: those known longest, so that a sum never passes from one to another. */
  kinds: number
  /** How far back `recent` looks. */
  recentSeconds: number
  /** Powers of two of milliseconds between which durations are told apart. */
  powers: { first: number; last: number }
  sweepKinds: readonly SweepKind[]
}

/** Null for a kind is all those that are not told apart. */
export interface Metrics {
  /** Those told apart, whether or not there is more to say of them. */
  kinds: string[]
  running: number
  /** Of kinds of which none waits there is no row. */
  queue: { kind: string | null; depth: number; due: number; oldestAgeSeconds: number | null }[]
  /**
   * Ends since ever; they only grow. A run that is retried by hand ends more than once. `power`: each took up to 2^power ms, and
   * more than half of that but for the first; past the last, longer.
   */
  ends: { kind: string | null; state: FinalState; power: number; count: number; sumMs: number }[]
  /** How long those that ended had waited in the queue before their last start. They only grow. */
  waits: { kind: string | null; power: number; count: number; sumMs: number }[]
  /** Runs that have ended, and what they had written; less those that were retried since. */
  ended: { state: FinalState; count: number; logBytes: number; outputBytes: number }[]
  recent: {
    ended: { state: FinalState; count: number }[]
    executions: { status: ExecutionStatus; count: number }[]
    /** Of the occurrences that were fired; null where there was none. */
    lateness: { p95Seconds: number | null; maxSeconds: number | null }
  }
  jobs: {
    enabled: number
    disabled: number
    /** Of those enabled: which cannot be fired as they are, which have failed at last. */
    withProblem: number
    failing: number
    /** For how long the job has been due that has been so for longest. */
    overdueSeconds: number
  }
  /** The last sweep of each kind, and the last that completed; those that only looked do not count. */
  sweeps: { kind: SweepKind; status: SweepStatus | null; completedAgeSeconds: number | null }[]
  deliveries: { pending: number; failed: number }
  /** Open alerts. */
  alerts: { type: string; count: number }[]
  /** What runs hold in the object store, as of the last daily sample; null before the first. */
  storage: { ageSeconds: number; byState: StorageTotal[] } | null
  databaseBytes: number
}
