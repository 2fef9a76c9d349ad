import { connect, type Pool } from './connect.ts'
import { queryUnnamed } from './query.ts'

/**
 * What is not moved: the audit, whose times are in its chain; cron jobs, whose store is told the time; roll-ups, which are made of what
 * was moved; and counters of the present minute.
 */
const STAYS = [
  'job_audit',
  'cron_jobs',
  'cron_job_executions',
  'cron_job_stats',
  'cron_job_changes',
  'run_stats_pending',
  'run_stats_hourly',
  'run_stats_daily',
  'run_stats_total',
  'run_stats_waits',
  'rate_limits',
  'maintenance',
  'api_keys',
]

export interface Shift {
  /** What was written from then on is moved; what is of an earlier time already stays. */
  since: string
  hours: number
}

/** Moves what a ledger holds into the past. Never for a ledger that anybody needs. */
export interface TimeShifter {
  /** As if what was written since had been written so many hours earlier. Before it is added to the roll-ups. */
  shift(by: Shift): Promise<void>
  /** Lets each run be told of when it began, and its events and its folder be of when they happened. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** How the demo gets a history out of the real verbs. */
export function timeShifter(url: string): TimeShifter {
  let open: Promise<{ pool: Pool; tables: Map<string, string[]> }> | undefined
  const opened = () => {
    open ??= openPool(url)
    return open
  }
  return {
    async shift({ since, hours }) {
      const { pool, tables } = await opened()
      for (const [table, columns] of tables)
        await queryUnnamed(pool, moveText(table, columns), [since, hours])
      await queryUnnamed(pool, PENDING, [since, hours])
      for (const table of ['storage_samples', 'storage_walks'])
        await queryUnnamed(pool, dayText(table), [hours])
    },
    async settle() {
      const { pool } = await opened()
      for (const text of SETTLE) await queryUnnamed(pool, text, [])
    },
    close: async () => (await open)?.pool.end(),
  }
}

async function openPool(url: string) {
  const pool = await connect({ url, poolSize: 1, patient: true })
  await queryUnnamed(pool, 'SET synchronous_commit = off', [])
  const columns = await queryUnnamed(pool, COLUMNS, [STAYS])
  const byTable = Map.groupBy(columns, ({ table }) => String(table))
  const tables = new Map([...byTable].map(([table, all]) => [table, all.map(({ column }) => `"${column}"`)]))
  return { pool, tables }
}

const COLUMNS = `
  SELECT table_name AS table, column_name AS column FROM information_schema.columns
  WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' AND table_name <> ALL($1::text[])
  ORDER BY 1, 2`

/** Rows that were written since, with what they say of later. The end of time stays where it is: it stands for what has no end. */
function moveText(table: string, columns: string[]): string {
  const sets = columns.map(
    (one) =>
      `${one} = CASE WHEN ${one} >= $1::timestamptz AND ${one} < '9000-01-01' THEN ${one} - $2 * interval '1 hour' ELSE ${one} END`,
  )
  const written = columns.map((one) => `${one} BETWEEN $1::timestamptz AND clock_timestamp()`)
  return `UPDATE "${table}" SET ${sets.join(', ')} WHERE ${written.join(' OR ')}`
}

const PENDING = `
  UPDATE run_stats_pending SET hour = date_trunc('hour', now() - $2 * interval '1 hour', 'UTC')
  WHERE hour >= date_trunc('hour', $1::timestamptz, 'UTC')`

const dayOf = (at: string) => `to_char(${at} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`

/** What is kept by the day is of today until it is moved. */
const dayText = (table: string) => `
  UPDATE ${table} SET day = ${dayOf(`(now() - $1 * interval '1 hour')`)}
  WHERE day = ${dayOf('now()')} AND day <> ${dayOf(`(now() - $1 * interval '1 hour')`)}
    AND NOT EXISTS (SELECT FROM ${table} WHERE day = ${dayOf(`(now() - $1 * interval '1 hour')`)})`

const SETTLE = [
  `UPDATE runs SET "createdAt" = "startedAt" - interval '1 second', "updatedAt" = coalesce("finishedAt", "updatedAt")
   WHERE origin = 'started' AND "startedAt" IS NOT NULL`,
  `UPDATE run_events e SET at = CASE WHEN e.type IN ('run.succeeded', 'run.failed', 'run.canceled')
     THEN coalesce(r."finishedAt", e.at) ELSE r."startedAt" END
   FROM runs r WHERE r.id = e."runId" AND r.origin = 'started' AND r."startedAt" IS NOT NULL
     AND e.type IN ('run.enqueued', 'run.started', 'run.succeeded', 'run.failed', 'run.canceled')`,
  // Where there is nothing in the folder yet.
  `UPDATE runs r SET "folderName" = to_char(r."startedAt" AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || r.id
   WHERE origin = 'enqueued' AND "folderName" IS NOT NULL AND "storageState" = 'active'
     AND NOT EXISTS (SELECT FROM outputs o WHERE o."runId" = r.id)`,
]
