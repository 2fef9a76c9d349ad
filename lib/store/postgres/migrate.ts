import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator'
import { LedgerError } from '../../run/errors.ts'
import { connect, type Driver, guarded, isLockFailure, type PoolClient, transaction } from './connect.ts'

const FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url))
const LOCK = 7_234_561
/** For as long everybody else waits behind a migration that waits for a table; then they are let through. */
const LOCK_MS = 1_000
const PAUSE_MS = 2_000
const TRIES = 20

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
 * Each file is a transaction of its own under an advisory lock, so that it works through a pooler, a kill leaves no file half done, and
 * whoever uses the tables waits for one file at most. While it waits for a table they wait for 1 s; then it steps back and tries again.
 * Gives back how many migrations it applied. Throws `unavailable` when the database was made by a newer Runledger, or when somebody
 * holds a table for a minute.
 */
export async function migratePostgres(url: string, options: MigrateOptions = {}): Promise<number> {
  const { driver, folder = FOLDER, tries = TRIES, to = Number.POSITIVE_INFINITY } = options
  const known = readMigrationFiles({ migrationsFolder: folder })
  const pool = await connect({ url, driver, poolSize: 1, patient: true })
  const applyOne = () => transaction(pool, BEGIN, (client) => applyNext(client, known, to))
  try {
    let applied = 0
    while (await guarded(() => untilHad(applyOne, tries))) applied += 1
    return applied
  } finally {
    await pool.end()
  }
}

/** The other processes that migrate are waited for as long as they take. */
const BEGIN = `
  BEGIN; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(${LOCK}); SET LOCAL lock_timeout = ${LOCK_MS}`

/** Until the tables are had that it changes: what others have in hand may end meanwhile. */
async function untilHad<T>(work: () => Promise<T>, tries: number): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await work()
    } catch (error) {
      if (!isLockFailure(error)) throw error
      if (n >= tries) throw held(error)
      await sleep(PAUSE_MS)
    }
  }
}

const held = (cause: unknown) =>
  new LedgerError(
    'unavailable',
    "the database was not migrated: another transaction keeps holding a table that changes; end what `SELECT pid, state, query FROM pg_stat_activity WHERE xact_start < now() - interval '1 s'` shows, and start again",
    { cause },
  )

/** The first that is not applied yet, noted in the same table as drizzle's own migrator keeps, so that either may be used. */
async function applyNext(client: PoolClient, known: MigrationMeta[], to: number): Promise<boolean> {
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
  const next = known.find(({ folderMillis }) => folderMillis > last && folderMillis <= to)
  if (next === undefined) return false
  for (const statement of next.sql) await client.query(statement)
  await client.query({
    text: 'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)',
    values: [next.hash, next.folderMillis],
  })
  return true
}
