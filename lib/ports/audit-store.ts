import type { AuditAction, AuditHead, AuditRow } from '../run/audit.ts'

/** The rows of what was done, each chained to the one before. They are added, and neither changed nor removed. */
export interface AuditStore {
  /** Adds rows in their order, all or none, at the end of the chain. */
  append(entries: AuditEntry[]): Promise<AuditRow[]>
  /** Newest first, `limit` at most, those before the row `before`. */
  list(filter: AuditFilter): Promise<AuditRow[]>
  /** In the order of the chain: the rows behind `after` (0: from the first), `limit` at most. As they stand, whatever that is. */
  walk(after: number, limit: number): Promise<AuditRow[]>
  /** The end of the chain; null while it is empty. */
  head(): Promise<AuditHead | null>
}

/** What is to be kept of something that is done. What is not said is null. */
export type AuditEntry = Pick<AuditRow, 'id' | 'action' | 'actor'> &
  Partial<Omit<AuditRow, 'id' | 'action' | 'actor' | 'seq' | 'at' | 'deletedAt' | 'prevHash' | 'hash'>> & {
    /** `'now'`: when the row is added, by the store's clock. */
    deletedAt?: string | 'now' | null
  }

export interface AuditFilter {
  jobId?: string | undefined
  action?: AuditAction | undefined
  /** Whole. */
  actor?: string | undefined
  /** Done at or after, and before. */
  from?: string | undefined
  to?: string | undefined
  before?: number | undefined
  limit: number
}
