import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { LedgerError } from '../../run/errors.ts'
import { connect, type Driver, guarded, isLockTimeout, type PoolClient, transaction } from './connect.ts'

const FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url))
const LOCK = 7_234_561
/** For as long everybody else waits behind a migration that waits for a table; then they are let through. */
const LOCK_MS = 3_000
const PAUSE_MS = 2_000
const TRIES = 12

export interface MigrateOptions {
  driver?: Driver | undefined
  folder?: string | undefined
  /** How often it is tried to have the tables that a migration changes, before it gives up. */
  tries?: number | undefined
  /** No further than this schema, as a backup of it says; a database that is further stays. Default: all there is. */
  to?: number | undefined
}

/**
 * Brings the database to this program's schema; any number of processes may do so at once, and one does it.
 * Everything happens in one transaction under an advisory lock, so that it works through a pooler and a kill leaves nothing
 * half done. Whoever uses the tables waits for 3 s at most while it waits for one; then it steps back and tries again.
 * Gives back how many migrations it applied. Throws `unavailable` when the database was made by a newer Runledger, or when somebody
 * holds a table for a minute.
 */
export async function migratePostgres(url: string, options: MigrateOptions = {}): Promise<number> {
  const { driver, folder = FOLDER, tries = TRIES, to = Number.POSITIVE_INFINITY } = options
  const pool = await connect({ url, driver, poolSize: 1, patient: true })
  try {
    for (let n = 1; ; n++) {
      try {
        return await guarded(() => transaction(pool, BEGIN, (client) => applyPending(client, folder, to)))
      } catch (error) {
        if (!isLockTimeout(error)) throw error
        if (n >= tries) throw held(error)
        await sleep(PAUSE_MS)
      }
    }
  } finally {
    await pool.end()
  }
}

/** The other processes that migrate are waited for as long as they take. */
const BEGIN = `
  BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${LOCK}); SET LOCAL lock_timeout = ${LOCK_MS}`

const held = (cause: unknown) =>
  new LedgerError(
    'unavailable',
    "the database was not migrated: another transaction keeps holding a table that changes; end what `SELECT pid, state, query FROM pg_stat_activity WHERE xact_start < now() - interval '3 s'` shows, and start again",
    { cause },
  )

/** The same table as drizzle's own migrator keeps, so that either may be used. */
async function applyPending(client: PoolClient, folder: string, to: number): Promise<number> {
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
  const pending = known.filter(({ folderMillis }) => folderMillis > last && folderMillis <= to)
  for (const migration of pending) {
    for (const statement of migration.sql) await client.query(statement)
    await client.query({
      text: 'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)',
      values: [migration.hash, migration.folderMillis],
    })
  }
  return pending.length
}
