import type { Run } from '../run/run.ts'
import type { AuditEntry } from './audit-store.ts'

/** What the database and the object store know of each other. Walks look at `limit` rows; `next` is null at the end. */
export interface ReconcileStore {
  /** Those of these objects that no row names, whosever row; what was put back beside a run that is in its archive alone, too. */
  unknownObjects(objects: KeyOfRun[]): Promise<string[]>
  /** Whether an archive that is being written goes on with this upload. */
  isKnownUpload(upload: { key: string; uploadId: string }): Promise<boolean>
  /** Notes objects that nobody knows, for people to look at. */
  noteOrphans(orphans: NewOrphan[]): Promise<void>
  /** In order of key: those after `after`, or those of `keys`. */
  orphans(page: { after?: string | undefined; keys?: string[] | undefined; limit: number }): Promise<Orphan[]>
  /** They are gone, or known again. */
  dropOrphans(keys: string[], audit?: AuditEntry): Promise<void>
  /** Drops those below these prefixes that were not seen since; how many. */
  dropOrphansNotSeen(since: string, prefixes: string[]): Promise<number>

  /** Runs of which something is in the object store, and at rest. */
  runsWithObjects(walk: { after: string; limit: number }): Promise<Walked<StoredRun, string>>
  /** The committed files of a run, those after a place. */
  outputsOf(runId: string, after: OutputPlace | null, limit: number): Promise<StoredOutput[]>

  /** Ended runs without the name of a folder, which is given to them unless `dryRun`. */
  nameFolders(walk: { after: string; limit: number; dryRun: boolean }): Promise<Walked<NamedFolder, string>>
  /** Files that are not below their run's folder, and where they belong. */
  strayOutputs(walk: { after: OutputOfRun | null; limit: number }): Promise<Walked<StrayOutput, OutputOfRun>>
  /** The file's object is where it belongs now; where it was there is one that nobody knows, which is noted. False where it changed meanwhile. */
  moveOutput(output: StrayOutput, etag: string | null): Promise<boolean>
}

export interface Walked<T, P> {
  found: T[]
  next: P | null
}

/** An object, and the run that its key speaks of, as far as it does. */
export interface KeyOfRun {
  key: string
  runId: string | null
}

/** An object that nobody knows. */
export interface Orphan {
  key: string
  bytes: number
  etag: string | null
  modifiedAt: string
  runId: string | null
  foundAt: string
  seenAt: string
}
export type NewOrphan = Omit<Orphan, 'foundAt' | 'seenAt'>

export type StoredRun = Pick<
  Run,
  'id' | 'storageState' | 'logFile' | 'outputCount' | 'archivePath' | 'folderName' | 'createdAt'
>

export interface OutputPlace {
  path: string
  fence: number
}
export interface StoredOutput extends OutputPlace {
  key: string
}
export interface OutputOfRun extends OutputPlace {
  runId: string
}
export interface StrayOutput extends OutputOfRun {
  key: string
  to: string
  bytes: number
  /** Null where nobody took it. */
  sha256: string | null
}
export interface NamedFolder {
  id: string
  folderName: string
}
