import type { RunStore, StoredStats } from '../../ports/run-store.ts'
import { MAX_BUCKET } from '../../run/durations.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/**
 * Statement part that notes which runs reached (+1) or left (-1) a final state, from CTEs of run rows; `waits`: how long they
 * had waited, too. A counter row of its own would be fought over by every completion; these rows are added up by `rollUp`,
 * those of several runs here already.
 */
export function pendingStats(sources: StatsSource[], several: boolean): string {
  const sum = (value: string) => (several ? `sum(${value})` : value)
  const rows = sources.map(
    ({ from, by, waits }) => `
      SELECT ${KEY}, ${bucketOf('ms')}, ${sum(`${by}`)}, ${sum(`${by} * ms`)}, ${sum(`${by} * "logBytes"`)},
        ${sum(`${by} * "outputBytes"`)}, ${bucketOf('waited')}, ${sum('waited')}
      FROM (
        SELECT "finishedAt", "projectId", kind, state, "logBytes", "outputBytes", ${DURATION} AS ms,
          ${waits ? WAIT : 'NULL'}::bigint AS waited
        FROM ${from} WHERE "finishedAt" IS NOT NULL OFFSET 0
      ) ended${several ? ' GROUP BY 1, 2, 3, 4, 5, 10' : ''}`,
  )
  return `INSERT INTO run_stats_pending ${rows.join(' UNION ALL ')}`
}

export interface StatsSource {
  from: string
  by: 1 | -1
  waits?: boolean
}

const KEY = `date_trunc('hour', "finishedAt", 'UTC'), coalesce("projectId", ''), kind, state`
/** As numbers of the machine: decimals, which EXTRACT gives, take as long as the rest of the statistics. */
const msBetween = (from: string, to: string) => `round(date_part('epoch', ${to} - ${from}) * 1000)`
const DURATION = `coalesce(${msBetween('"startedAt"', '"finishedAt"')}, 0)::bigint`
/** From when it was due until it was started; null for one that was not, or never was in the queue. */
const WAIT = `CASE WHEN origin = 'enqueued' AND "startedAt" IS NOT NULL
  THEN greatest(0, ${msBetween('greatest("runAt", "createdAt")', '"startedAt"')}) END`

/** The same as durationBucket of the model; null of null. */
const bucketOf = (ms: string) =>
  `CASE WHEN ${ms} <= 1 THEN 0 WHEN ${ms} > 1 THEN least(${MAX_BUCKET}, ceil(4 * ln(${ms}) / ln(2) - 1e-12)) END::smallint`

/**
 * Statement part after a CTE `grown` of run rows, which have just grown by so much: so do the statistics of those that have
 * ended (as lost).
 */
export function recounted(by: { logBytes?: string; outputBytes?: string }): string {
  return `counted AS (
    INSERT INTO run_stats_pending
    SELECT ${KEY}, ${bucketOf(DURATION)}, 0, 0, ${by.logBytes ?? 0}, ${by.outputBytes ?? 0}
    FROM grown WHERE "finishedAt" IS NOT NULL
  )`
}

/** `RunStore.rollUp`: what is taken out of the one table is added to the others in the same statement. */
export async function rollUpStats(pool: Pool, limit: number): Promise<{ applied: number; more: boolean }> {
  const [row] = await query(pool, ROLL_UP, [limit])
  const applied = Number(row?.applied ?? 0)
  return { applied, more: applied >= limit }
}

/** Statement part that adds sums of what was taken to the rows of a table. In one order, or two calls could wait for each other. */
function addedTo(table: string, { key, sums, where = 'true' }: Adding): string {
  const quoted = (names: string[]) => names.map((name) => `"${name}"`)
  const columns = quoted(Object.keys(sums))
  const places = Object.keys(key).map((_, n) => n + 1)
  return `
    INSERT INTO ${table} (${[...quoted(Object.keys(key)), ...columns].join(', ')})
    SELECT ${[...Object.values(key), ...Object.values(sums)].join(', ')} FROM taken WHERE ${where}
    GROUP BY ${places.join(', ')} ORDER BY ${places.join(', ')}
    ON CONFLICT (${quoted(Object.keys(key)).join(', ')}) DO UPDATE SET
      ${columns.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(', ')}`
}

/** Columns and what goes into them. */
interface Adding {
  key: Record<string, string>
  sums: Record<string, string>
  where?: string
}

const OF_HOUR = { hour: 'hour', projectId: '"projectId"' }
const OF_KIND = { kind: 'kind', state: 'state', bucket: 'bucket' }
const SUMS = { count: 'sum(count)', logBytes: 'sum("logBytes")', outputBytes: 'sum("outputBytes")' }
const ENDS = (value: string) => `coalesce(sum(${value}) FILTER (WHERE count > 0), 0)`

const ROLL_UP = `
  WITH taken AS (
    DELETE FROM run_stats_pending
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_stats_pending LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING *
  ), hours AS (${addedTo('run_stats_hourly', {
    key: { ...OF_HOUR, ...OF_KIND },
    sums: { ...SUMS, durationMs: 'sum("durationMs")' },
  })}), totals AS (${addedTo('run_stats_total', {
    key: OF_KIND,
    sums: { ...SUMS, ends: ENDS('count'), endsMs: ENDS('"durationMs"') },
  })}), days AS (${addedTo('run_stats_daily', {
    key: { day: `date_trunc('day', hour, 'UTC')`, projectId: '"projectId"', kind: 'kind' },
    sums: { count: 'sum(count)' },
  })}), waits AS (${addedTo('run_stats_waits', {
    key: { kind: 'kind', bucket: '"waitBucket"' },
    sums: { count: 'sum(count)', waitMs: 'sum("waitMs")' },
    where: '"waitBucket" IS NOT NULL',
  })})
  SELECT count(*)::int AS applied FROM taken`

/** `RunStore.stats`. */
export async function readStats(pool: Pool, filter: Parameters<RunStore['stats']>[0]): Promise<StoredStats> {
  const [ended, live] = await Promise.all([readEnded(pool, filter), readLive(pool, filter.projectId)])
  return { ended, ...live }
}

async function readEnded(
  pool: Pool,
  { since, projectId }: Parameters<RunStore['stats']>[0],
): Promise<StoredStats['ended']> {
  const ofProject = projectId === undefined ? '' : 'AND "projectId" = $2'
  const rows = await query(
    pool,
    `SELECT state, bucket, sum(count)::float8 AS count, sum("durationMs")::float8 AS "durationMs" FROM run_stats_hourly
     WHERE hour >= date_trunc('hour', $1::timestamptz, 'UTC') ${ofProject} GROUP BY state, bucket`,
    projectId === undefined ? [since] : [since, projectId ?? ''],
  )
  const byState = Map.groupBy(rows, (row) => row.state as StoredStats['ended'][number]['state'])
  return [...byState].map(([state, buckets]) => ({
    state,
    count: sum(buckets, 'count'),
    durationMs: sum(buckets, 'durationMs'),
    buckets: buckets.map((row) => [row.bucket as number, row.count as number]),
  }))
}

async function readLive(
  pool: Pool,
  projectId: string | null | undefined,
): Promise<Omit<StoredStats, 'ended'>> {
  const values = typeof projectId === 'string' ? [projectId] : []
  const ofProject =
    projectId === undefined ? '' : projectId === null ? 'AND "projectId" IS NULL' : 'AND "projectId" = $1'
  const queue = await query(
    pool,
    `SELECT kind, count(*)::int AS depth, count(*) FILTER (WHERE "runAt" <= now())::int AS due,
       extract(epoch FROM now() - min("runAt") FILTER (WHERE "runAt" <= now()))::float8 AS "oldestAgeSeconds"
     FROM runs WHERE state = 'queued' ${ofProject} GROUP BY kind ORDER BY depth DESC, kind`,
    values,
  )
  const [running] = await query(
    pool,
    `SELECT count(*)::int AS count FROM runs WHERE state = 'running' ${ofProject}`,
    values,
  )
  return { queue: queue as unknown as StoredStats['queue'], running: running?.count as number }
}

const sum = (rows: Record<string, unknown>[], key: string) =>
  rows.reduce((total, row) => total + (row[key] as number), 0)
