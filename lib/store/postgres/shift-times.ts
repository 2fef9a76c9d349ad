import { connect } from './connect.ts'
import { queryUnnamed } from './query.ts'

/** What is not moved: the audit is append-only, and counters of the present minute are of the present. */
const STAYS = ['job_audit', 'rate_limits', 'maintenance', 'api_keys']

/** Longer than any history. */
const FAR_HOURS = 1_000_000

export interface Shift {
  hours: number
  /** Whole days, for what is kept by the day. */
  days: number
}

/**
 * Moves all that a ledger holds into the past, as if it had happened earlier: how the demo gets a history out of the real verbs. Never
 * for a ledger that anybody needs.
 */
export async function shiftTimes(url: string, { hours, days }: Shift): Promise<void> {
  const pool = await connect({ url, poolSize: 1, patient: true })
  try {
    await queryUnnamed(pool, 'SET synchronous_commit = off', [])
    const columns = await queryUnnamed(pool, COLUMNS, [STAYS])
    const tables = Map.groupBy(columns, ({ table }) => String(table))
    for (const [table, moved] of tables) {
      // Where a time is part of what must be unique, a row may come where another is still: all of them far away first, then back.
      const steps = moved.some(({ isUnique }) => isUnique) ? [FAR_HOURS, hours - FAR_HOURS] : [hours]
      for (const step of steps) {
        const sets = moved.map(({ column }) => `"${column}" = ${earlier(`"${column}"`, step)}`)
        await queryUnnamed(pool, `UPDATE "${table}" SET ${sets.join(', ')}`, [])
      }
    }
    if (days === 0) return
    for (const table of ['storage_samples', 'storage_walks'])
      await queryUnnamed(pool, `UPDATE ${table} SET day = to_char(day::date - $1::int, 'YYYY-MM-DD')`, [days])
  } finally {
    await pool.end()
  }
}

/** Lets every run that was born running be told of when it began, and its events be of when they happened. */
export async function settleTimes(url: string): Promise<void> {
  const pool = await connect({ url, poolSize: 1, patient: true })
  try {
    for (const text of SETTLE) await queryUnnamed(pool, text, [])
  } finally {
    await pool.end()
  }
}

/** The end of time stays where it is: it stands for what has no end, such as a hold until it is released. */
const earlier = (column: string, hours: number) =>
  `CASE WHEN ${column} < '9000-01-01' THEN ${column} - interval '${Number(hours)} hours' ELSE ${column} END`

const COLUMNS = `
  SELECT table_name AS table, column_name AS column, EXISTS (
    SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
    WHERE i.indisunique AND i.indrelid = format('%I', table_name)::regclass AND a.attname = column_name
  ) AS "isUnique" FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name <> ALL($1::text[])
  ORDER BY 1, 2`

const SETTLE = [
  `UPDATE runs SET "createdAt" = "startedAt" - interval '1 second', "updatedAt" = coalesce("finishedAt", "updatedAt")
   WHERE origin = 'started' AND "startedAt" IS NOT NULL`,
  `UPDATE run_events e SET at = CASE WHEN e.type IN ('run.succeeded', 'run.failed', 'run.canceled')
     THEN coalesce(r."finishedAt", e.at) ELSE r."startedAt" END
   FROM runs r WHERE r.id = e."runId" AND r.origin = 'started' AND r."startedAt" IS NOT NULL
     AND e.type IN ('run.enqueued', 'run.started', 'run.succeeded', 'run.failed', 'run.canceled')`,
]
