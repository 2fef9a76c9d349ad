import type { BackupSchema, BackupSequence } from '../run/backup.ts'
import type { AuditEntry } from './audit-store.ts'

/** All tables of a database, read as of one instant, and filled at one stroke. */
export interface BackupStore {
  /**
   * Gives `work` the database as it stands now, whatever is written meanwhile. It must not dawdle: dead rows pile up for as
   * long, and a minute in which it asks for nothing ends it. Null: somebody else is reading one.
   */
  read<T>(work: (snapshot: BackupSnapshot) => Promise<T>): Promise<T | null>
  /**
   * Gives `work` an empty database to fill, which nobody writes to meanwhile and nobody sees filled before it is done; what it throws
   * leaves it empty. Throws `conflict`, naming it, for a database that has rows, and for one without tables.
   */
  fill<T>(work: (target: BackupTarget) => Promise<T>): Promise<T>
}

export interface BackupSnapshot {
  /** When it was taken: `2026-11-22T030000.000Z`. */
  id: string
  takenAt: string
  schema: BackupSchema
  tables: readonly string[]
  /** A table's rows, as JSON objects in text, a few at a time. */
  rows(table: string): AsyncIterable<string[]>
  sequences(): Promise<BackupSequence[]>
}

export interface BackupTarget {
  schema: BackupSchema
  /** In the order in which they are to be filled. */
  tables: readonly string[]
  /** Adds rows as they were read; how many there are then more. */
  insert(table: string, rows: string[]): Promise<number>
  count(table: string): Promise<number>
  setSequences(sequences: BackupSequence[]): Promise<void>
  /** Adds to the audit what was done; the last thing that is. */
  audit(entry: AuditEntry): Promise<void>
}
