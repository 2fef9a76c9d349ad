import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { LedgerError } from '../../run/errors.ts'
import { connect, type Driver, guarded, type PoolClient, transaction } from './connect.ts'

const FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url))
const LOCK = 7_234_561

export interface MigrateOptions {
  driver?: Driver | undefined
  folder?: string | undefined
}

/**
 * Brings the database to this program's schema; any number of processes may do so at once, and one does it.
 * Everything happens in one transaction under an advisory lock, so that it works through a pooler and a kill leaves nothing
 * half done. Gives back how many migrations it applied. Throws `unavailable` when the database was made by a newer Runledger.
 */
export async function migratePostgres(url: string, options: MigrateOptions = {}): Promise<number> {
  const pool = await connect({ url, driver: options.driver, poolSize: 1, patient: true })
  try {
    const begin = `BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${LOCK})`
    return await guarded(() =>
      transaction(pool, begin, (client) => applyPending(client, options.folder ?? FOLDER)),
    )
  } finally {
    await pool.end()
  }
}

/** The same table as drizzle's own migrator keeps, so that either may be used. */
async function applyPending(client: PoolClient, folder: string): Promise<number> {
  const known = readMigrationFiles({ migrationsFolder: folder })
  await client.query('CREATE SCHEMA IF NOT EXISTS drizzle')
  await client.query(
    'CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
  )
  const { rows } = await client.query(
    'SELECT coalesce(max(created_at), 0)::text AS last FROM drizzle.__drizzle_migrations',
  )
  const last = Number(rows[0]?.last ?? 0)
  if (last > (known.at(-1)?.folderMillis ?? 0))
    throw new LedgerError(
      'unavailable',
      'this database was migrated by a newer Runledger; upgrade this one to use it',
    )
  const pending = known.filter((migration) => migration.folderMillis > last)
  for (const migration of pending) {
    for (const statement of migration.sql) await client.query(statement)
    await client.query({
      text: 'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)',
      values: [migration.hash, migration.folderMillis],
    })
  }
  return pending.length
}
