import type { BackupSchema, BackupSequence } from '../../run/backup.ts'
import { BACKUP_TABLES } from './backup-tables.ts'
import type { PoolClient } from './connect.ts'

/** The last migration that the database has seen; null: it has no tables of ours. */
export async function schemaOf(client: PoolClient): Promise<BackupSchema | null> {
  const there = await client.query(
    `SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS "isThere"`,
  )
  if (there.rows[0]?.isThere !== true) return null
  const { rows } = await client.query(
    'SELECT created_at, hash FROM drizzle.__drizzle_migrations ORDER BY created_at DESC LIMIT 1',
  )
  return rows[0] === undefined ? null : { version: Number(rows[0].created_at), hash: String(rows[0].hash) }
}

/** Those of our tables that this schema has; an older one has fewer, in the same order. */
export async function tablesOf(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query({
    text: 'SELECT name FROM unnest($1::text[]) WITH ORDINALITY AS t(name, n) WHERE to_regclass(name) IS NOT NULL ORDER BY n',
    values: [BACKUP_TABLES],
  })
  return rows.map(({ name }) => String(name))
}

/** How far the numbers of rows have got. A number that was given away and not used counts, too. */
export async function sequencesOf(client: PoolClient, tables: readonly string[]): Promise<BackupSequence[]> {
  const { rows } = await client.query({ text: SEQUENCES, values: [tables] })
  return rows.map(({ table, column, last }) => ({
    table: String(table),
    column: String(column),
    last: Number(last),
  }))
}

export async function setSequence(
  client: PoolClient,
  { table, column, last }: BackupSequence,
): Promise<void> {
  await client.query({
    text: 'SELECT setval(pg_get_serial_sequence($1::text, $2::text), $3::bigint)',
    values: [table, column, last],
  })
}

const SEQUENCES = `
  SELECT * FROM (
    SELECT t.name AS table, a.attname AS column,
      pg_sequence_last_value(pg_get_serial_sequence(t.name, a.attname)::regclass) AS last
    FROM unnest($1::text[]) AS t(name) JOIN pg_attribute a ON a.attrelid = t.name::regclass AND a.attidentity <> ''
  ) s WHERE last IS NOT NULL ORDER BY 1, 2`
