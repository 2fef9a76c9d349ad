import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LedgerError } from '../../run/errors.ts'
import type { Connection } from './connection.ts'

export const MIGRATIONS = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url))

/**
 * Brings a database to the newest schema of `folder`, all of it or nothing; does nothing when it is there already. Any
 * number of processes may call it at once.
 *
 * The files are read, and what was applied is noted, as drizzle's migrator does (a test holds that it agrees), but
 * without the rest of drizzle, which takes longer to load than a whole `runledger exec -- true` may.
 *
 * @throws LedgerError `unavailable` when the database has migrations that this program does not know, or is another
 * program's.
 */
export async function migrate(db: Connection, path: string, folder = MIGRATIONS): Promise<void> {
  const known = readJournal(folder)
  if (db.read(() => !isBehind(db, known, path))) return
  const { readMigrationFiles } = await import('drizzle-orm/migrator')
  const files = readMigrationFiles({ migrationsFolder: folder })
  db.write(() => {
    if (!isBehind(db, known, path)) return
    db.run(CREATE_TABLE)
    const { last } = readApplied(db)
    for (const file of files.filter(({ folderMillis }) => folderMillis > last)) {
      for (const statement of file.sql) db.run(statement)
      db.run(
        `INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)`,
        file.hash,
        file.folderMillis,
      )
    }
  })
}

interface Journal {
  count: number
  last: number
}

function readJournal(folder: string): Journal {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { when: number }[]
  }
  return { count: entries.length, last: Math.max(...entries.map(({ when }) => when)) }
}

function isBehind(db: Connection, known: Journal, path: string): boolean {
  const { tables, ours } = db.get(TABLES) as { tables: number; ours: number }
  if (tables > 0 && ours === 0)
    throw new LedgerError('unavailable', `${path} is the database of another program; choose another path`)
  const applied = ours === 0 ? { count: 0, last: 0 } : readApplied(db)
  if (applied.last > known.last || applied.count > known.count)
    throw new LedgerError(
      'unavailable',
      `the ledger at ${path} was made by a newer Runledger; upgrade this one`,
    )
  return applied.last < known.last
}

function readApplied(db: Connection): Journal {
  return db.get(APPLIED) as unknown as Journal
}

const TABLES = `
  SELECT count(*) AS tables, count(*) FILTER (WHERE name = '__drizzle_migrations') AS ours
  FROM sqlite_schema WHERE type = 'table'`

const APPLIED = `SELECT count(*) AS count, coalesce(max(created_at), 0) AS last FROM __drizzle_migrations`

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS __drizzle_migrations (
  id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)`
