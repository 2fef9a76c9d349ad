import pg from 'pg'
import { BACKUP_TABLES } from '../../../lib/store/postgres/backup-tables.ts'

/** What holds of every table's rows, as their database writes them: they are the same where these are. */
export async function allRows(url: string): Promise<Record<string, string[]>> {
  return withClient(url, async (client) => {
    const tables: Record<string, string[]> = {}
    for (const table of await tablesIn(client)) {
      const { rows } = await client.query(
        `SELECT t::text AS row FROM "${table}" t ORDER BY t::text COLLATE "C"`,
      )
      tables[table] = rows.map(({ row }) => row)
    }
    return tables
  })
}

/** Puts three odd rows into every table but the audit, whose rows are chained. */
export async function fillEveryTable(url: string): Promise<void> {
  await withClient(url, async (client) => {
    for (const table of (await tablesIn(client)).filter((name) => name !== 'job_audit')) {
      const { rows: columns } = await client.query<Column>(COLUMNS, [table])
      const names = columns.map(({ name }) => `"${name}"`).join(', ')
      for (const n of [0, 1, 2]) {
        const values = columns.map((column, at) => `$${at + 1}::text::${column.type}`).join(', ')
        await client.query(
          `INSERT INTO "${table}" (${names}) VALUES (${values})`,
          columns.map((column) => oddValue(table, column, n)),
        )
      }
    }
  })
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Ours, in the order in which they may be filled; an older schema has fewer. */
async function tablesIn(client: pg.Client): Promise<string[]> {
  const there = await client.query('SELECT tablename FROM pg_tables WHERE schemaname = current_schema()')
  const names = new Set(there.rows.map(({ tablename }) => tablename))
  return BACKUP_TABLES.filter((table) => names.has(table))
}

interface Column {
  name: string
  type: string
  base: string
  isNullable: boolean
}

const COLUMNS = `
  SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, coalesce(b.typname, t.typname) AS base,
    NOT a.attnotnull AS "isNullable"
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_type b ON b.oid = t.typbasetype
  WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = ''
  ORDER BY a.attnum`

/** What only certain values may stand in, and what a webhook needs to be told of something. */
const GIVEN: Record<string, string[]> = {
  state: ['succeeded', 'failed', 'queued'],
  storageState: ['active', 'archived', 'deleted'],
  priority: ['0', '1', '3'],
  progress: ['0', '50', '100'],
  isEnabled: ['true', 'true', 'false'],
  events: ['["run.*"]', '["run.succeeded"]', '["alert.*"]'],
  cronJobId: ['cron_jobs', 'cron_jobs', 'cron_jobs'].map((table, n) => idOf(table, n)),
  // Of events of runs that are there: a trigger would tell webhooks of them.
  runId: [0, 1, 2].map((n) => idOf('runs', n)),
}

const JSONS = [
  '{"a": [1, null, {"b": 1.10, "c": "ä\\u2028\\"\\n"}]}',
  'null',
  '[1e400, -0, 12345678901234567890]',
]

function oddValue(table: string, { name, base, isNullable }: Column, n: number): string | null {
  if (name === 'id' || name === 'eventId') return idOf(table, n)
  if (table === 'run_events' && name === 'type') return 'run.succeeded'
  // Of every project and kind.
  if (table === 'webhooks' && (name === 'projectId' || name === 'kinds')) return null
  const given = GIVEN[name]?.[n]
  if (given !== undefined) return given
  if (isNullable && n === 2) return null
  if (base === 'jsonb') return JSONS[n] ?? null
  if (base === 'bool') return String(n === 1)
  if (base === 'timestamptz') return n === 1 && isNullable ? 'infinity' : `2026-01-0${n + 1}T00:00:00.12${n}Z`
  if (base === 'float8') return n === 0 ? '0.30000000000000004' : '1e-300'
  // Beyond what a number of JavaScript holds.
  if (base === 'int8') return n === 0 ? '9007199254740993' : String(n)
  if (base === 'int4' || base === 'int2') return String(n + 1)
  return `${table}.${name}.${n} "ä 😀"\n\\\u2028{}\t'`
}

function idOf(table: string, n: number): string {
  return `${table}-${n}`
}
