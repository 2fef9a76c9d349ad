import type { AuditEntry } from '../../ports/audit-store.ts'
import type { KeyStore, StoredKey } from '../../ports/key-store.ts'
import { audited } from './audited.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** The API keys of a Postgres database. */
export function postgresKeyStore(pool: Pool): KeyStore {
  const one = async (text: string, values: unknown[], audit: AuditEntry | undefined) => {
    const [row] = await audited(pool, audit, text, values)
    return row === undefined ? null : fromKeyRow(row)
  }
  return {
    async insert(key, audit) {
      const { id, secretHash, name, owner, scopes, projectId, createdBy, expiresAt } = key
      const values = [id, secretHash, name, owner, JSON.stringify(scopes), projectId, createdBy, expiresAt]
      const [row] = await audited(pool, audit, INSERT, values)
      return fromKeyRow(row as Record<string, unknown>)
    },
    async find(id) {
      const [row] = await query(pool, FIND, [id])
      return row === undefined ? null : { key: fromKeyRow(row), usable: row.usable as boolean }
    },
    async list({ after, limit }) {
      return (await query(pool, LIST, [after ?? null, limit])).map(fromKeyRow)
    },
    replaceSecret: (id, secretHash, audit) => one(REPLACE, [id, secretHash], audit),
    revoke: (id, audit) => one(REVOKE, [id], audit),
    async touch(id) {
      await query(pool, TOUCH, [id])
    },
    async endSession(id, endsAt) {
      await query(pool, END_SESSION, [id, endsAt])
    },
    async hasEnded(id) {
      return (await query(pool, HAS_ENDED, [id])).length > 0
    },
  }
}

function fromKeyRow(row: Record<string, unknown>): StoredKey {
  const { usable: _usable, ...key } = row
  return key as unknown as StoredKey
}

const INSERT = `
  INSERT INTO api_keys (id, "secretHash", name, owner, scopes, "projectId", "createdBy", "expiresAt")
  VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8) RETURNING *`
const FIND = `
  SELECT *, "revokedAt" IS NULL AND ("expiresAt" IS NULL OR "expiresAt" > now()) AS usable FROM api_keys WHERE id = $1`
const LIST = `SELECT * FROM api_keys WHERE $1::text IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`
const REPLACE = `UPDATE api_keys SET "secretHash" = $2 WHERE id = $1 AND "revokedAt" IS NULL RETURNING *`
const REVOKE = `UPDATE api_keys SET "revokedAt" = now() WHERE id = $1 AND "revokedAt" IS NULL RETURNING *`
const TOUCH = `
  UPDATE api_keys SET "lastUsedAt" = now()
  WHERE id = $1 AND ("lastUsedAt" IS NULL OR "lastUsedAt" < now() - interval '5 minutes')`
/** With it those go that are over by themselves. */
const END_SESSION = `
  WITH over AS (DELETE FROM ended_sessions WHERE "endsAt" < now())
  INSERT INTO ended_sessions (id, "endsAt") VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`
const HAS_ENDED = `SELECT 1 FROM ended_sessions WHERE id = $1`
