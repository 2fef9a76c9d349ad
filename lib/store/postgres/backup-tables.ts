import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import type { PoolClient } from './connect.ts'
import * as schema from './schema.ts'

/**
 * Every table, in the order in which they are to be filled: what is referred to first, and `webhooks` last, for a webhook
 * begins to be told of the events that are written after it.
 */
export const BACKUP_TABLES: readonly string[] = Object.values(schema)
  .filter((value) => is(value, PgTable))
  .map((table) => getTableConfig(table))
  .map(({ name, foreignKeys }) => ({ name, rank: name === 'webhooks' ? 2 : Math.min(foreignKeys.length, 1) }))
  .toSorted((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1))
  .map(({ name }) => name)

/** A column of a table, and how its values go into JSON and come out of it, as SQL. */
export interface BackupColumn {
  name: string
  /** Of what JSON has no exact word for, the text that the database has for it: a null in JSON and none at all must differ. */
  read: string
  /** Out of `r`, in which all is text. */
  written: string
}

export async function columnsOf(client: PoolClient, table: string): Promise<BackupColumn[]> {
  const { rows } = await client.query({ text: COLUMNS, values: [table] })
  return rows.map((row) => {
    const name = `"${String(row.name)}"`
    return {
      name,
      read: row.isPlain === true ? name : `${name}::text AS ${name}`,
      written: `r.${name}::${String(row.type)}`,
    }
  })
}

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    coalesce(b.typname, t.typname) IN ('text', 'bool', 'int2', 'int4', 'int8', 'float8', 'timestamptz') AS "isPlain"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
  WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  ORDER BY a.attnum`
