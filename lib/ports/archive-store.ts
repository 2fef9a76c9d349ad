import type { ArchiveCompression } from '../run/archive-manifest.ts'
import type { Run, StorageState } from '../run/run.ts'
import type { Output } from './output-store.ts'

/**
 * Where runs' files are by now, and the archives that were made of them. Who moves a run's files holds a lease on its storage, told
 * apart by a fence that only grows: what comes with an earlier fence changes nothing. The store's clock decides what has expired.
 */
export interface ArchiveStore {
  /**
   * Takes a run's storage in hand: to archive one that is active, has ended, is not held, whose log is one object and none of
   * whose uploads is on its way; to restore one that is archived, or deleted with its archive still there; to repair one that is active
   * from the copy it was restored from, which is its archive again; or to go on where a lease has expired. `busy` where `most` runs are being archived already; null where it is not so.
   */
  take(take: TakeStorage): Promise<TakenStorage | 'busy' | null>
  /** False where somebody else has taken it since. */
  extend(lease: StorageLease, leaseSeconds: number): Promise<boolean>
  /** Lets go of it after so many seconds: from then on anybody may go on. */
  release(lease: StorageLease, inSeconds: number): Promise<void>
  /**
   * Gives up what was begun: what was being archived is active again, what was being restored is where it was. Where originals of
   * that are still to be removed anybody may go on with it; not where its archive `isDamaged`: they may be all there is.
   */
  giveUp(lease: StorageLease, isDamaged?: boolean): Promise<Run | null>

  /** Fixes what an archive will hold. Null where the lease is lost, or there is such an attempt. */
  freeze(lease: StorageLease, archive: NewArchive): Promise<Archive | null>
  /** The last attempt of a run; null where there is none. */
  last(runId: string): Promise<Archive | null>
  /** The attempt that the run's `archivePath` names; null where it names none. */
  inForce(runId: string): Promise<Archive | null>
  /** The attempt that the run was restored from last, where its archive is still there as a copy; else null. */
  restored(runId: string): Promise<Archive | null>
  /** The committed files of every attempt of a run, in order of path, then attempt: those after one, `limit` at most. */
  outputs(
    runId: string,
    page: { after?: Pick<Output, 'path' | 'fence'> | undefined; limit: number },
  ): Promise<Output[]>
  /** The parts of an attempt, in order. */
  parts(runId: string, attempt: number): Promise<ArchivePart[]>
  /** Notes what has been done of an attempt that is `writing` or `stored`. False where the lease is lost. */
  note(lease: StorageLease, attempt: number, progress: ArchiveProgress): Promise<boolean>
  /** Adds a part to an attempt that is being written. False where the lease is lost. */
  addPart(lease: StorageLease, attempt: number, part: ArchivePart): Promise<boolean>
  /** From here on an attempt is nobody's, and only to be cleared. False where the lease is lost. */
  abandon(lease: StorageLease, attempt: number, fault: string): Promise<boolean>

  /**
   * Says that the files are in the archive that was stored and read back, with the event and the audit row; earlier ones are
   * abandoned. Null where the lease is lost, or the run was held meanwhile.
   */
  setArchived(lease: StorageLease, attempt: number, archived: SetArchived): Promise<Run | null>
  /** Takes that back, where nothing has been removed: the run is being archived again. False where the lease is lost. */
  takeBack(lease: StorageLease, attempt: number, fault: string): Promise<boolean>
  /** From here on the originals of an archived run are being removed. False where the lease is lost. */
  beginRemoving(lease: StorageLease, attempt: number): Promise<boolean>
  /** The originals are gone; ends the lease. False where it is lost. */
  endRemoving(lease: StorageLease, attempt: number): Promise<boolean>
  /**
   * Says that the files are where they were, with the event and the audit row; ends the lease. The archive stays, as a copy, until
   * the run is archived again or deleted. Null where the lease is lost.
   */
  setRestored(lease: StorageLease, restored: SetRestored): Promise<Run | null>

  /**
   * Active runs that ended before an instant, the longest ago first, those after a position, that have a log or files. Looks at a
   * bounded number; `next` is where to go on, null at the end.
   */
  candidates(search: CandidateSearch): Promise<{ runs: Run[]; next: StoragePosition | null }>
  /** Runs whose storage lease has expired: somebody began something, and went away. The longest ago first. */
  stalled(limit: number): Promise<{ id: string; storageState: StorageState }[]>
  /** Whether the last archive sweep was stopped by its time, having archived something. */
  goesOn(): Promise<boolean>
  /** Attempts of which something may be left in the object store, of one run or of any. */
  abandoned(search: { runId?: string; limit: number }): Promise<AbandonedArchive[]>
  /** Nothing is left of an abandoned attempt. */
  setGone(runId: string, attempt: number): Promise<void>
  /** Archives in force, those that were read longest ago first, up to `before`. */
  leastVerified(search: { before: string; limit: number }): Promise<VerifiableArchive[]>
  /** How much of what is kept has been read since an instant; of what has not, up to `most` are counted. */
  coverage(since: string, most: number): Promise<ArchiveCoverage>
  /**
   * An archive in force is being read again, and has been so far (null: as far as is noted): even if that is never through, it is the
   * turn of others.
   */
  noteReading(runId: string, attempt: number, reading: ArchiveReading | null): Promise<void>
  /** It is left in the middle, in good order: its turn is as if it had not been read since it was made. */
  pauseReading(runId: string, attempt: number): Promise<void>
  /**
   * An archive in force was read: what is wrong with it, or null. Where nothing is, and its originals are still to be removed, anybody
   * may go on with that.
   */
  noteRead(runId: string, attempt: number, fault: string | null): Promise<void>
}

/** Who holds a run's storage. */
export interface StorageLease {
  runId: string
  storageFence: number
}

export interface TakeStorage {
  id: string
  work: 'archive' | 'restore' | 'repair' | 'resume'
  leaseSeconds: number
  /** Runs that may be archived at once. */
  most: number
}

export interface TakenStorage {
  run: Run
  lease: StorageLease
}

/**
 * `writing`, then `stored` whole, then `archived`: it is true, and the originals are there; `removing` them; `kept` alone. `restored`:
 * a copy of what is there. `abandoned`, and at last `gone`.
 */
export type ArchiveStatus =
  | 'writing'
  | 'stored'
  | 'archived'
  | 'removing'
  | 'kept'
  | 'restored'
  | 'abandoned'
  | 'gone'

export interface Archive {
  runId: string
  /** From 1; none is used twice. */
  attempt: number
  key: string
  compression: ArchiveCompression
  status: ArchiveStatus
  /** As it stands in the tar. */
  manifest: string
  manifestSha256: string
  tarBytes: number
  /** Of a multipart upload that was begun. */
  uploadId: string | null
  /** Of the stored object. */
  bytes: number | null
  sha256: string | null
  /** How many entries have been put back from it. */
  readBack: number
  /** How far it has been read to be compared; null: not at all, or all of it. */
  reading: ArchiveReading | null
  fault: string | null
}

export type NewArchive = Pick<
  Archive,
  'attempt' | 'key' | 'compression' | 'manifest' | 'manifestSha256' | 'tarBytes'
>

/** So many of its parts were as they must be, and what it takes to go on behind them. */
export interface ArchiveReading {
  parts: number
  /** Of the object that was read. */
  etag: string | null
  /** What has gone into the object's SHA-256. */
  hash: string
  /** What has gone into the SHA-256 of the file in whose middle the next part begins. */
  entryHash: string | null
}

export type ArchiveProgress = Partial<Pick<Archive, 'uploadId' | 'bytes' | 'readBack' | 'reading'>> & {
  status?: 'stored'
}

export interface ArchivePart {
  /** From 1. */
  number: number
  etag: string
  /** Where in the object it begins, and how long it is there. */
  start: number
  bytes: number
  sha256: string
  /** Where in the tar it begins, and how much of it that is. */
  tarStart: number
  tarBytes: number
}

/** Who has a run's files put elsewhere, for its event and its audit row. */
export interface StorageChange {
  actor: string
  requestId: string
  /** Of the audit row. */
  auditId: string
}

export interface SetArchived extends StorageChange {
  bytes: number
  sha256: string
  /** How much it was before. */
  originalBytes: number
}

export interface SetRestored extends StorageChange {
  /** The etags of the outputs' objects as they are now. */
  etags: { key: string; etag: string | null }[]
}

export interface StoragePosition {
  finishedAt: string
  id: string
}

export interface CandidateSearch {
  before: string
  after?: StoragePosition | undefined
  limit: number
}

/** How much of all archives has been read again since an instant. */
export interface ArchiveCoverage {
  /** Counted where they are few, else as the database estimates. */
  archives: number
  /** Those that were read last before that. */
  unread: number
  /** The one that was read longest ago; null: there is none. */
  oldest: { runId: string; verifiedAt: string } | null
}

export type AbandonedArchive = Pick<Archive, 'runId' | 'attempt' | 'key' | 'uploadId'>
export type VerifiableArchive = Pick<Archive, 'runId' | 'attempt' | 'key' | 'bytes'>
