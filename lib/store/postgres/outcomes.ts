import type { OutcomeFilter, RunStore, StoredOutcomes } from '../../ports/run-store.ts'
import type { FinalState } from '../../run/transitions.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** `RunStore.outcomes`: two questions, since each is several times as fast as both at once. */
export async function readOutcomes(pool: Pool, filter: OutcomeFilter): Promise<StoredOutcomes> {
  const { since, before = null, kind = null, projectId, timed } = filter
  const values = [since, before, kind, projectId === undefined, projectId ?? '']
  const [hours, durations] = await Promise.all([
    query(pool, BY_HOUR, values),
    timed ? query(pool, BY_BUCKET, values) : [],
  ])
  const stateOf = (row: Record<string, unknown>) => row.state as FinalState
  return {
    hours: hours.map((row) => ({ at: String(row.at), state: stateOf(row), count: Number(row.count) })),
    durations: durations.map((row) => ({
      state: stateOf(row),
      bucket: Number(row.bucket),
      count: Number(row.count),
    })),
  }
}

const FROM_HOURS = `
  FROM run_stats_hourly
  WHERE hour >= date_trunc('hour', $1::timestamptz, 'UTC')
    AND ($2::timestamptz IS NULL OR hour < date_trunc('hour', $2::timestamptz, 'UTC'))
    AND ($3::text IS NULL OR kind = $3) AND ($4::boolean OR "projectId" = $5)`

const BY_HOUR = `SELECT hour AS at, state, sum(count)::float8 AS count ${FROM_HOURS} GROUP BY hour, state`
const BY_BUCKET = `SELECT state, bucket, sum(count)::float8 AS count ${FROM_HOURS} GROUP BY state, bucket`

/** `RunStore.durations`. Totals are by kind alone; of one project the hours of the last days are looked up one by one. */
export async function readDurations(
  pool: Pool,
  { kinds, projectId }: Parameters<RunStore['durations']>[0],
): ReturnType<RunStore['durations']> {
  if (kinds.length === 0) return []
  const rows =
    projectId === undefined
      ? await query(pool, OF_ALL, [kinds])
      : await query(pool, OF_PROJECT, [kinds, projectId ?? ''])
  return [...Map.groupBy(rows, ({ kind }) => String(kind))].map(([kind, buckets]) => ({
    kind,
    buckets: buckets.map(({ bucket, count }) => [Number(bucket), Number(count)]),
  }))
}

const OF_ALL = `
  SELECT kind, bucket, count::float8 AS count FROM run_stats_total
  WHERE kind = ANY($1::text[]) AND state = 'succeeded' AND count > 0`

const OF_PROJECT = `
  SELECT k.kind, r.bucket, sum(r.count)::float8 AS count
  FROM generate_series(date_trunc('hour', now() - interval '3 days', 'UTC'), now(), interval '1 hour') AS h(hour)
  CROSS JOIN unnest($1::text[]) AS k(kind)
  JOIN run_stats_hourly r
    ON r.hour = h.hour AND r."projectId" = $2 AND r.kind = k.kind AND r.state = 'succeeded'
  GROUP BY k.kind, r.bucket`
