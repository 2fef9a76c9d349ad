import type { CronStore, JobStatistics } from '../../ports/cron-store.ts'
import type { ExecutionStatus } from '../../run/cron-execution.ts'
import type { Pool } from './connect.ts'
import { executionColumns, toExecution } from './cron-rows.ts'
import { query } from './query.ts'

/** Counts those among the rows that have ended, in the statement that ends them. */
export const countEnded = (rows: string) => `
  INSERT INTO cron_job_stats AS s ("cronJobId", day, status, count, timed, "durationMs")
  SELECT r."cronJobId", ${dayOf('r."createdAt"')}, r.status, count(*), count(r."durationMs"), coalesce(sum(r."durationMs"), 0)
  FROM ${rows} r WHERE r.status NOT IN ('queued', 'running') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT ("cronJobId", day, status) DO UPDATE SET count = s.count + excluded.count,
    timed = s.timed + excluded.timed, "durationMs" = s."durationMs" + excluded."durationMs"`

/** How jobs do. */
export function cronCounts(pool: Pool): Pick<CronStore, 'statistics' | 'countExecutions'> {
  return {
    async statistics(jobIds, since) {
      const [counts, last, lastRun] = await Promise.all([
        query(pool, COUNTS, [jobIds, since]),
        query(pool, LAST, [jobIds]).then(byJob),
        query(pool, LAST_RUN, [jobIds]).then(byJob),
      ])
      return jobIds.map((jobId) => ({
        jobId,
        last: last.get(jobId) ?? null,
        lastRun: lastRun.get(jobId) ?? null,
        ...summed(counts.filter((row) => row.cronJobId === jobId)),
      }))
    },
    async countExecutions(since) {
      const rows = await query(pool, COUNT_ALL, [since])
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
    },
  }
}

function dayOf(time: string): string {
  return `date_trunc('day', ${time}, 'UTC')`
}

const SINCE = dayOf('$2::timestamptz')
const COUNTS = `
  SELECT "cronJobId", status, sum(count)::float8 AS count, sum(timed)::float8 AS timed,
    sum("durationMs")::float8 AS "durationMs"
  FROM cron_job_stats WHERE "cronJobId" = ANY($1::text[]) AND day >= ${SINCE} GROUP BY 1, 2
  UNION ALL
  SELECT "cronJobId", status, count(*), 0, 0 FROM cron_job_executions
  WHERE "cronJobId" = ANY($1::text[]) AND status IN ('queued', 'running') AND "createdAt" >= ${SINCE} GROUP BY 1, 2`

const NEWEST = `ORDER BY "createdAt" DESC, id DESC LIMIT 1`
const LAST = `
  SELECT ${executionColumns('e')} FROM unnest($1::text[]) AS j(id) CROSS JOIN LATERAL (
    SELECT * FROM cron_job_executions WHERE "cronJobId" = j.id ${NEWEST}
  ) e`
/** The newest of each status that a started one may have, and of those the newest: however many were skipped since. */
const LAST_RUN = `
  SELECT ${executionColumns('e')} FROM unnest($1::text[]) AS j(id) CROSS JOIN LATERAL (
    SELECT l.* FROM unnest('{running,completed,failed,timeout,canceled}'::text[]) AS s(status) CROSS JOIN LATERAL (
      SELECT * FROM cron_job_executions
      WHERE "cronJobId" = j.id AND status = s.status AND "startedAt" IS NOT NULL ${NEWEST}
    ) l ${NEWEST}
  ) e`

const byJob = (rows: Record<string, unknown>[]) =>
  new Map(rows.map((row) => [row.cronJobId, toExecution(row)]))

function summed(rows: Record<string, unknown>[]): Pick<JobStatistics, 'byStatus' | 'averageDurationMs'> {
  const sum = (name: string) => rows.reduce((total, row) => total + (row[name] as number), 0)
  const byStatus: Partial<Record<ExecutionStatus, number>> = {}
  for (const { status, count } of rows) byStatus[status as ExecutionStatus] = count as number
  const timed = sum('timed')
  return { byStatus, averageDurationMs: timed === 0 ? null : Math.round(sum('durationMs') / timed) }
}

/** What is left of the first day is counted, all other days have been; so has nothing that is open. */
const COUNT_ALL = `
  WITH next AS MATERIALIZED (SELECT ${dayOf('$1::timestamptz')} + interval '1 day' AS day)
  SELECT status, sum(count)::float8 AS count FROM (
    SELECT status, count(*) AS count FROM cron_job_executions
    WHERE "createdAt" >= $1::timestamptz AND "createdAt" < (SELECT day FROM next) GROUP BY 1
    UNION ALL
    SELECT status, sum(count) FROM cron_job_stats WHERE day >= (SELECT day FROM next) GROUP BY 1
    UNION ALL
    SELECT status, count(*) FROM cron_job_executions
    WHERE status IN ('queued', 'running') AND "createdAt" >= (SELECT day FROM next) GROUP BY 1
  ) u GROUP BY status`
