import type { KeyStore, StoredKey } from '../../ports/key-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** The API keys of a Postgres database. */
export function postgresKeyStore(pool: Pool): KeyStore {
  const one = async (text: string, values: unknown[]) => {
    const [row] = await query(pool, text, values)
    return row === undefined ? null : fromKeyRow(row)
  }
  return {
    async insert(key) {
      const { id, secretHash, name, owner, scopes, projectId, createdBy, expiresAt } = key
      const [row] = await query(pool, INSERT, [
        id,
        secretHash,
        name,
        owner,
        JSON.stringify(scopes),
        projectId,
        createdBy,
        expiresAt,
      ])
      return fromKeyRow(row as Record<string, unknown>)
    },
    async find(id) {
      const [row] = await query(pool, FIND, [id])
      return row === undefined ? null : { key: fromKeyRow(row), usable: row.usable as boolean }
    },
    async list({ after, limit }) {
      return (await query(pool, LIST, [after ?? null, limit])).map(fromKeyRow)
    },
    replaceSecret: (id, secretHash) => one(REPLACE, [id, secretHash]),
    revoke: (id) => one(REVOKE, [id]),
    async touch(id) {
      await query(pool, TOUCH, [id])
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
const REVOKE = `UPDATE api_keys SET "revokedAt" = coalesce("revokedAt", now()) WHERE id = $1 RETURNING *`
const TOUCH = `
  UPDATE api_keys SET "lastUsedAt" = now()
  WHERE id = $1 AND ("lastUsedAt" IS NULL OR "lastUsedAt" < now() - interval '5 minutes')`
