import type { Metrics, MetricsStore } from '../../ports/metrics-store.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { IS_GONE } from './sweep-store.ts'

/** What a monitoring system asks of a Postgres database. */
export function postgresMetricsStore(pool: Pool): MetricsStore {
  return {
    async read({ kinds, recentSeconds, powers: { first, last }, sweepKinds }) {
      const values = [kinds, recentSeconds, first, last + 1, sweepKinds]
      const [row] = await guarded(() => transaction(pool, BEGIN, (client) => query(client, READ, values)))
      const { known, recentEnded, executions, lateness, ...rest } = row as unknown as Row
      return {
        ...rest,
        kinds: known.map(({ kind }) => kind),
        recent: { ended: recentEnded, executions, lateness },
      }
    },
  }
}

/** Where much waits that was not vacuumed yet, the planner would read all runs to count it. */
const BEGIN = 'BEGIN READ ONLY; SET LOCAL enable_seqscan = off'

interface Row extends Omit<Metrics, 'kinds' | 'recent'> {
  known: { kind: string }[]
  recentEnded: Metrics['recent']['ended']
  executions: Metrics['recent']['executions']
  lateness: Metrics['recent']['lateness']
}

/** The kind of `t` where it is told apart, or null. */
const BY_KIND = 'LEFT JOIN known k ON k.kind = t.kind'
/** Of a bucket of a duration: the power of two that is its upper edge, or the next; within those that are told apart. */
const POWER = 'least(greatest((t.bucket + 3) / 4, $3::int), $4::int)'
const RECENTLY = `now() - $2::float8 * interval '1 second'`
const secondsSince = (time: string) => `extract(epoch FROM now() - ${time})::float8`

/** Each is read by an index over nothing but what it counts, or from a table whose rows do not grow with the runs. */
const ROWS = {
  known: 'SELECT kind FROM known ORDER BY n',
  queue: `
    SELECT k.kind, sum(t.depth) AS depth, sum(t.due) AS due, ${secondsSince('min(t.oldest)')} AS "oldestAgeSeconds"
    FROM (
      SELECT kind, count(*) AS depth, count(*) FILTER (WHERE "runAt" <= now()) AS due,
        min("runAt") FILTER (WHERE "runAt" <= now()) AS oldest
      FROM runs WHERE state = 'queued' GROUP BY kind
    ) t ${BY_KIND} GROUP BY 1`,
  ends: `
    SELECT k.kind, t.state, ${POWER} AS power, sum(t.ends) AS count, sum(t."endsMs") AS "sumMs"
    FROM run_stats_total t ${BY_KIND} GROUP BY 1, 2, 3`,
  waits: `
    SELECT k.kind, ${POWER} AS power, sum(t.count) AS count, sum(t."waitMs") AS "sumMs"
    FROM run_stats_waits t ${BY_KIND} GROUP BY 1, 2`,
  ended: `
    SELECT state, sum(count) AS count, sum("logBytes") AS "logBytes", sum("outputBytes") AS "outputBytes"
    FROM run_stats_total GROUP BY state`,
  recentEnded: `
    SELECT state, sum(count) AS count FROM run_stats_hourly
    WHERE hour >= date_trunc('hour', ${RECENTLY}, 'UTC') GROUP BY state`,
  executions: `
    SELECT status, count(*) AS count FROM cron_job_executions WHERE "createdAt" >= ${RECENTLY} GROUP BY status`,
  sweeps: `
    SELECT s.kind, last.status, ${secondsSince('completed."completedAt"')} AS "completedAgeSeconds"
    FROM unnest($5::text[]) AS s(kind) LEFT JOIN LATERAL (
      SELECT CASE WHEN ${IS_GONE} THEN 'failed' ELSE status END AS status FROM sweeps
      WHERE kind = s.kind AND NOT "dryRun" ORDER BY id DESC NULLS FIRST LIMIT 1
    ) last ON true LEFT JOIN LATERAL (
      SELECT "completedAt" FROM sweeps
      WHERE kind = s.kind AND NOT "dryRun" AND status = 'completed' ORDER BY id DESC NULLS FIRST LIMIT 1
    ) completed ON true`,
  alerts: 'SELECT type, count(*) AS count FROM alerts WHERE "resolvedAt" IS NULL GROUP BY type ORDER BY type',
}

/** The same of what is one row. */
const SINGLE = {
  lateness: `
    SELECT percentile_disc(0.95) WITHIN GROUP (ORDER BY "lateMs") / 1000.0 AS "p95Seconds",
      max("lateMs") / 1000.0 AS "maxSeconds"
    FROM cron_job_executions
    WHERE "createdAt" >= ${RECENTLY} AND "retryCount" = 0 AND "scheduledFor" IS NOT NULL
      AND status NOT IN ('missed', 'skipped')`,
  jobs: `
    SELECT count(*) FILTER (WHERE "isEnabled") AS enabled, count(*) FILTER (WHERE NOT "isEnabled") AS disabled,
      count(*) FILTER (WHERE "isEnabled" AND problem IS NOT NULL) AS "withProblem",
      count(*) FILTER (WHERE "isEnabled" AND "failuresInRow" > 0) AS failing,
      greatest(0, ${secondsSince('min("nextRunAt") FILTER (WHERE "isEnabled")')}) AS "overdueSeconds"
    FROM cron_jobs`,
  deliveries: `
    SELECT (SELECT count(*) FROM deliveries WHERE status = 'pending') AS pending,
      (SELECT count(*) FROM deliveries WHERE status = 'failed') AS failed`,
  storage: `
    SELECT ${secondsSince('"completedAt"')} AS "ageSeconds", totals AS "byState" FROM storage_walks
    WHERE "completedAt" IS NOT NULL ORDER BY day DESC LIMIT 1`,
}

const inJson = ([name, rows]: [name: string, rows: string]) =>
  `(SELECT coalesce(jsonb_agg(to_jsonb(j)), '[]') FROM (${rows}) j) AS "${name}"`
const inOneJson = ([name, row]: [name: string, row: string]) =>
  `(SELECT to_jsonb(j) FROM (${row}) j) AS "${name}"`

/** One statement: the numbers are of one instant, and a scrape takes one connection once. */
const READ = `
  WITH known AS MATERIALIZED (
    SELECT name AS kind, min(id) AS n FROM scripts GROUP BY name ORDER BY n LIMIT $1
  )
  SELECT ${[...Object.entries(ROWS).map(inJson), ...Object.entries(SINGLE).map(inOneJson)].join(',\n')},
    (SELECT count(*) FROM runs WHERE state = 'running')::float8 AS running,
    pg_database_size(current_database())::float8 AS "databaseBytes"`
