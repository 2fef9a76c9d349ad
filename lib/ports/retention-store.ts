import type { Position } from '../run/cursor.ts'
import type { HeldRun, Hold } from '../run/hold.ts'
import type { RetentionRun } from '../run/retention.ts'
import type { Run } from '../run/run.ts'
import type { AuditEntry } from './audit-store.ts'

/** Policies, holds, and what a plan is made of. */
export interface RetentionStore {
  /** The store's clock, which decides what is due. */
  now(): Promise<string>

  /** What was set, newest first, as it is stored: whoever reads it decides whether it can be read. */
  policies(limit: number): Promise<StoredPolicies[]>
  /** Sets rules, with their audit row. Null where revision `expected` is not the newest any more. */
  setPolicies(change: PoliciesChange): Promise<StoredPolicies | null>

  /**
   * Holds a run, one hold at a time: the one before has ended with it. Its event and audit row come with it. Null where there is no
   * such run, or its data is going or gone: whoever deletes and whoever holds change the same row, and one of them finds it changed.
   */
  hold(change: HoldChange): Promise<Run | null>
  /** Ends the hold in force. Null where there is none. */
  release(change: ReleaseChange): Promise<Run | null>
  /** Keeps a run from being deleted until an instant (null: no longer than the policies say). Null as with `hold`. */
  retain(change: RetainChange): Promise<Run | null>
  /** Runs that are held now, those whose hold ends first before the rest: those behind `after`, `limit` at most. */
  openHolds(page: { after?: HoldPlace | undefined; limit: number }): Promise<HeldRun[]>
  /** Every hold of a run, newest first. */
  holds(runId: string, limit: number): Promise<Hold[]>

  /**
   * Of each kind in its project, the run that is the `count`-th from the last by `createdAt` and id, of those that have finished and
   * are not deleted; null where there are fewer. In the order asked.
   */
  lastOfKind(asked: LastOfKind[]): Promise<(Position | null)[]>

  /**
   * Runs that ended at `until` or before, the last created first: those that are archived, or those whose data is where it was made.
   * Those behind `after`, `limit` at most.
   */
  finished(page: FinishedPage): Promise<FinishedRun[]>
}

export interface StoredPolicies {
  revision: number
  rules: unknown
  reason: string | null
  setAt: string
  setBy: string
}

export interface PoliciesChange extends Pick<StoredPolicies, 'reason' | 'setBy'> {
  rules: unknown
  /** The newest revision that whoever sets them has seen; 0: none. */
  expected: number
  audit: AuditEntry
}

interface RunChange {
  id: string
  /** Of the row in the audit. */
  auditId: string
  reason: string
  actor: string
  requestId: string
}

export interface HoldChange extends RunChange {
  holdId: string
  until: string
}

export type ReleaseChange = RunChange

export type HoldPlace = Pick<HeldRun, 'until' | 'id'>

export interface RetainChange extends RunChange {
  until: string | null
}

export interface LastOfKind {
  projectId: string | null
  kind: string
  count: number
}

export interface FinishedPage {
  until: string
  isArchived: boolean
  after?: Position | undefined
  /** Undefined: of all projects; null: of none. */
  projectId?: string | null | undefined
  kind?: string | undefined
  limit: number
}

/** What is read of each run of a plan: many, so little of each. */
export type FinishedRun = RetentionRun &
  Pick<Run, 'id' | 'createdAt' | 'logBytes' | 'outputBytes' | 'archiveBytes'>
