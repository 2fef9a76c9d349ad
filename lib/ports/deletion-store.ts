import type { AuditedRun } from '../run/audit.ts'
import type { RestorableRun } from '../run/deletion.ts'
import type { RetentionRun } from '../run/retention.ts'
import type { Run } from '../run/run.ts'
import type { StorageLease } from './archive-store.ts'
import type { AuditEntry } from './audit-store.ts'

/**
 * Runs on their way out. A run is deleted by a guarded change of its row: where it has ended, is not held, nobody works on its
 * files, and it is as it was seen. Whoever holds it meanwhile is found out by that, and the other way round. Each change comes
 * with its events and its rows of the audit, in one transaction, and is given back by the id of its run; what is not given back
 * was not so any more.
 */
export interface DeletionStore {
  /** A run as deleting sees it; null where there is none. */
  find(id: string): Promise<DeletableRun | null>
  /** Runs that may be deleted as far as their files go, after a place; `next` is where to go on, null at the end. */
  candidates(search: DeletionSearch): Promise<{ runs: DeletableRun[]; next: DeletionPlace | null }>
  /** The same, with no more of each run than says whether it is due, and what it takes. */
  briefCandidates(search: DeletionSearch): Promise<{ runs: DueCandidate[]; next: DeletionPlace | null }>
  /** Every run of a script that is not deleted, in whatever state. */
  ofScript(search: { scriptId: number; place: DeletionPlace; limit: number }): Promise<DeletableRun[]>
  /** Deleted softly, and in their grace: the last ones first, after a place; `next` is where to go on, null at the end. */
  restorable(search: {
    after?: DeletedPlace | undefined
    limit: number
  }): Promise<{ runs: RestorableRun[]; next: DeletedPlace | null }>
  /** Deleted softly, and their grace is over: the longest ago first. */
  purgeable(search: { after?: PurgePlace | undefined; limit: number }): Promise<DeletableRun[]>

  /** Deletes softly: all that there is stays until `purgeAfter`. */
  deleteSoftly(batch: DeletionBatch & { graceDays: number }): Promise<string[]>
  /** Deletes for good, at once, those of which there is nothing in the object store. */
  removeBare(batch: DeletionBatch): Promise<string[]>
  /** The grace of such runs is over, and there was nothing to remove: nothing can be restored any more. */
  endGrace(batch: DeletionBatch): Promise<string[]>
  /** Takes runs in hand, whose objects are to be removed: with a lease on their storage, and pending in the audit. */
  take(batch: DeletionBatch & { work: 'delete' | 'purge'; leaseSeconds: number }): Promise<TakenDeletion[]>
  /** The same where somebody began it, and has gone. */
  resume(id: string, leaseSeconds: number): Promise<TakenDeletion | null>
  /** Those of them that are still in the same hands, for so much longer. */
  extend(leases: StorageLease[], leaseSeconds: number): Promise<string[]>
  /** Lets go of them: whoever comes next goes on, after so long. */
  release(leases: StorageLease[], inSeconds: number): Promise<void>
  /** Objects of theirs that are recorded, besides the run's own log and archive. Forgotten ones do not come again. */
  objects(runIds: string[], limit: number): Promise<RecordedObject[]>
  forget(objects: RecordedObject[]): Promise<void>
  /** The objects are gone, and with them goes the row, or what it says of them. Confirmed in the audit. */
  finish(taken: TakenDeletion[], by: DeletionAuthor): Promise<string[]>
  /** Runs that somebody began to delete, and went away, the longest ago first. */
  stalled(limit: number): Promise<string[]>
  /** Back to what it was before it was deleted softly, where nothing has been removed and no archive was made of it. */
  undelete(id: string, audit: AuditEntry, actor: string): Promise<Run | null>
}

/** What is known of a run that may be deleted. */
export type DeletableRun = RetentionRun &
  AuditedRun &
  Pick<Run, 'logFile' | 'deletionReason' | 'scriptId'> & {
    storageFence: number
    /** Nobody works on its files. */
    isFree: boolean
    /** As far as its row says, there is nothing of it in the object store. */
    isBare: boolean
  }

/** What says whether a run is due to be deleted, and what it takes. */
export type DueCandidate = Pick<
  DeletableRun,
  | keyof RetentionRun
  | 'id'
  | 'createdAt'
  | 'logFile'
  | 'logBytes'
  | 'outputBytes'
  | 'archivePath'
  | 'archiveBytes'
  | 'isFree'
>

export interface DeletionSearch {
  /** Ended at this instant or before. */
  until: string
  states?: Run['state'][] | undefined
  place: DeletionPlace
  /** Runs that are looked at. */
  limit: number
}

/** First what is where it was made, then what is archived: by `createdAt`, but candidates of the former by `finishedAt`. */
export interface DeletionPlace {
  isArchived: boolean
  at: string
  id: string
}

export interface DeletedPlace {
  deletedAt: string
  id: string
}

export type PurgePlace = { purgeAfter: string; id: string }

export interface DeletionAuthor {
  actor: string
  requestId: string | null
  sweepId: string | null
  reason: string
  /** Makes the ids of the rows of the audit. */
  newId: () => string
}

export interface DeletionBatch extends DeletionAuthor {
  /** As they were seen, and as the audit tells of them. */
  runs: DeletableRun[]
}

export interface TakenDeletion {
  run: DeletableRun
  lease: StorageLease
  /** `purge`: its row stays. */
  work: 'delete' | 'purge'
}

export interface RecordedObject {
  source: 'output' | 'chunk' | 'archive'
  runId: string
  key: string
  uploadId: string | null
  /** The claim, or the attempt to make an archive. */
  n: number
  /** The path of an output, the offset of a chunk. */
  at: string
}
