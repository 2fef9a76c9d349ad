import type { BackupSnapshot } from '../../ports/backup-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { schemaOf, sequencesOf, tablesOf } from './backup-state.ts'
import { columnsOf } from './backup-tables.ts'
import type { Pool, PoolClient } from './connect.ts'
import { transaction } from './connect.ts'

/** Held by who reads a backup, to the end of its transaction. */
const LOCK = 7_234_571

/**
 * One snapshot for all tables, so that what refers to each other fits. `SET LOCAL`, for a pooler gives the connection to others
 * afterwards. A process that is frozen with it lets go of it after a minute.
 */
const BEGIN = `
  BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = '5s'; SET LOCAL lock_timeout = '4s';
  SET LOCAL idle_in_transaction_session_timeout = '60s'; SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1`

/** Gives `work` all tables as of one instant. Null: somebody else is reading them. */
export function readBackup<T>(pool: Pool, work: (snapshot: BackupSnapshot) => Promise<T>): Promise<T | null> {
  return transaction(pool, BEGIN, async (client) => {
    const { rows } = await client.query({ text: FIRST, values: [LOCK] })
    const [first] = rows
    if (first?.isAlone !== true) return null
    const schema = await schemaOf(client)
    if (schema === null) throw new LedgerError('conflict', 'this database has no tables to back up')
    const tables = await tablesOf(client)
    return await work({
      id: String(first.id),
      takenAt: String(first.takenAt),
      schema,
      tables,
      rows: (table) => rowsOf(client, table),
      sequences: () => sequencesOf(client, tables),
    })
  })
}

const FIRST = `
  SELECT pg_try_advisory_xact_lock($1) AS "isAlone", now() AS "takenAt",
    to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24MISS.MS"Z"') AS id`

/** How much is asked for at once: about a megabyte, and few enough rows that large ones which follow small ones do no harm. */
const PAGE_CHARS = 1_000_000
const MOST_ROWS = 500

async function* rowsOf(client: PoolClient, table: string): AsyncGenerator<string[]> {
  const columns = (await columnsOf(client, table)).map(({ read }) => read).join(', ')
  // No order: in the order of the disk, each row once.
  await client.query(
    `DECLARE backup_rows NO SCROLL CURSOR FOR SELECT json_strip_nulls(row_to_json(t))::text AS row FROM (SELECT ${columns} FROM "${table}") t`,
  )
  for (let count = 10; ; ) {
    const { rows } = await client.query(`FETCH ${count} FROM backup_rows`)
    if (rows.length === 0) break
    const lines = rows.map(({ row }) => String(row))
    yield lines
    const chars = lines.reduce((total, line) => total + line.length, 0)
    const fitting = Math.floor((PAGE_CHARS * rows.length) / chars)
    count = Math.max(1, Math.min(fitting, count * 2, MOST_ROWS))
  }
  await client.query('CLOSE backup_rows')
}
