import type { RunStore, StoredStats } from '../../ports/run-store.ts'
import { MAX_BUCKET } from '../../run/durations.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/**
 * Statement part that notes which runs reached (+1) or left (-1) a final state, from CTEs of run rows.
 * A counter row of its own would be fought over by every completion; these rows are added up by `rollUp`, those of several
 * runs here already.
 */
export function pendingStats(sources: { from: string; by: number }[], several: boolean): string {
  const sum = (value: string) => (several ? `sum(${value})` : value)
  const rows = sources.map(
    ({ from, by }) => `
      SELECT date_trunc('hour', "finishedAt", 'UTC'), coalesce("projectId", ''), kind, state, ${BUCKET}, ${sum(`${by}`)},
        ${sum(`${by} * ${DURATION}`)}, ${sum(`${by} * "logBytes"`)}, ${sum(`${by} * "outputBytes"`)}
      FROM ${from} WHERE "finishedAt" IS NOT NULL${several ? ' GROUP BY 1, 2, 3, 4, 5' : ''}`,
  )
  return `INSERT INTO run_stats_pending ${rows.join(' UNION ALL ')}`
}

const DURATION = `coalesce(round(extract(epoch FROM "finishedAt" - "startedAt") * 1000), 0)::bigint`
// The same as durationBucket of the model.
const BUCKET = `
  CASE WHEN ${DURATION} <= 1 THEN 0 ELSE least(${MAX_BUCKET}, ceil(4 * ln(${DURATION}) / ln(2) - 1e-12)) END::smallint`

/**
 * Statement part after a CTE `grown` of run rows, which have just grown by so much: what the statistics had counted of those
 * that have ended (as lost) is counted anew.
 */
export function recounted(by: { logBytes?: string; outputBytes?: string }): string {
  return `before AS (
    SELECT "finishedAt", "startedAt", "projectId", kind, state,
      "logBytes" - ${by.logBytes ?? 0} AS "logBytes", "outputBytes" - ${by.outputBytes ?? 0} AS "outputBytes" FROM grown
  ), counted AS (
    ${pendingStats(
      [
        { from: 'before', by: -1 },
        { from: 'grown', by: 1 },
      ],
      false,
    )}
  )`
}

/** `RunStore.rollUp`: what is taken out of the one table is added to the other in the same statement. */
export async function rollUpStats(pool: Pool, limit: number): Promise<{ applied: number; more: boolean }> {
  const [row] = await query(pool, ROLL_UP, [limit])
  const applied = Number(row?.applied ?? 0)
  return { applied, more: applied >= limit }
}

const SUMS = ['count', 'durationMs', 'logBytes', 'outputBytes']
const ROLL_UP = `
  WITH taken AS (
    DELETE FROM run_stats_pending
    WHERE ctid = ANY(ARRAY(SELECT ctid FROM run_stats_pending LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING *
  ), added AS (
    INSERT INTO run_stats_hourly (hour, "projectId", kind, state, bucket, ${SUMS.map((name) => `"${name}"`).join(', ')})
    SELECT hour, "projectId", kind, state, bucket, ${SUMS.map((name) => `sum("${name}")`).join(', ')}
    FROM taken GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (hour, "projectId", kind, state, bucket) DO UPDATE SET
      ${SUMS.map((name) => `"${name}" = run_stats_hourly."${name}" + excluded."${name}"`).join(', ')}
  )
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
