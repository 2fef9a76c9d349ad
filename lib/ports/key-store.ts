import type { Scope } from './actor.ts'
import type { AuditEntry } from './audit-store.ts'

/** An API key as it is kept: never its secret. */
export interface StoredKey {
  id: string
  secretHash: string
  name: string
  owner: string
  scopes: Scope[]
  projectId: string | null
  createdAt: string
  createdBy: string
  expiresAt: string | null
  lastUsedAt: string | null
  revokedAt: string | null
}

/** Where API keys are kept. A row of the audit that is given is added with what it tells of, or neither. */
export interface KeyStore {
  insert(
    key: Omit<StoredKey, 'createdAt' | 'lastUsedAt' | 'revokedAt'>,
    audit?: AuditEntry,
  ): Promise<StoredKey>
  /** The key, and whether it may be used now by the store's clock. */
  find(id: string): Promise<{ key: StoredKey; usable: boolean } | null>
  /** Newest first, `limit` at most, those after the key with id `after`. */
  list(page: { after?: string | undefined; limit: number }): Promise<StoredKey[]>
  /** Null when there is none or it is revoked. */
  replaceSecret(id: string, secretHash: string, audit?: AuditEntry): Promise<StoredKey | null>
  /** Null when there is none or it is revoked already. */
  revoke(id: string, audit?: AuditEntry): Promise<StoredKey | null>
  /** Notes the use of a key, every five minutes at most. */
  touch(id: string): Promise<void>
  /** Notes that a session was signed out of, until it would have been over; the second time changes nothing. */
  endSession(id: string, endsAt: string): Promise<void>
  /** Whether a session was signed out of. */
  hasEnded(id: string): Promise<boolean>
}
