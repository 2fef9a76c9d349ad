import type { CronEvent, CronStore, ExecutionFilter, JobStatistics } from '../../ports/cron-store.ts'
import type { ExecutionStatus } from '../../run/cron-execution.ts'
import type { Pool } from './connect.ts'
import { executionColumns, jobColumnsBeside, toExecution, toExecutionAndJob } from './cron-rows.ts'
import { query } from './query.ts'

type HistoryMethods =
  | 'getExecution'
  | 'listExecutions'
  | 'statistics'
  | 'countExecutions'
  | 'deleteExecutions'
  | 'untold'
  | 'told'

/** What came of occurrences. */
export function cronHistory(pool: Pool): Pick<CronStore, HistoryMethods> {
  return {
    async getExecution(id) {
      const [row] = await query(pool, GET, [id])
      return row === undefined ? null : toExecution(row)
    },
    async listExecutions(filter) {
      const { text, values } = listQuery(filter)
      return (await query(pool, text, values)).map(toExecution)
    },
    async statistics(jobIds, since) {
      const counts = await query(pool, COUNTS, [jobIds, since])
      const last = new Map(
        (await query(pool, LAST, [jobIds])).map((row) => [row.cronJobId, toExecution(row)]),
      )
      return jobIds.map((jobId) => ({
        jobId,
        last: last.get(jobId) ?? null,
        ...summed(counts.filter((row) => row.cronJobId === jobId)),
      }))
    },
    async countExecutions(since) {
      const rows = await query(pool, COUNT_ALL, [since])
      return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
    },
    async deleteExecutions(before, limit) {
      return (await query(pool, DELETE, [before, limit])).length
    },
    async untold(limit) {
      const rows = await query(pool, UNTOLD, [limit])
      return rows.map((row) => ({ event: row.event as CronEvent, ...toExecutionAndJob(row) }))
    },
    async told(ids) {
      await query(pool, TOLD, [ids])
    },
  }
}

const GET = `SELECT ${executionColumns('e')} FROM cron_job_executions e WHERE id = $1`

/** Only what is asked for stands in the text, so that an index answers it; there are few such texts. */
function listQuery({ jobId, status, triggeredBy, since, before, after, limit }: ExecutionFilter) {
  const values: unknown[] = []
  const where = (condition: string, value: unknown) =>
    value === undefined ? [] : [`e.${condition.replace('?', `$${values.push(value)}`)}`]
  const conditions = [
    ...where('"cronJobId" = ?', jobId),
    ...where('status = ANY(?::text[])', status),
    ...where('"triggeredBy" = ?', triggeredBy),
    ...where('"createdAt" >= ?', since),
    ...where('"createdAt" < ?', before),
    ...where('id < ?', after),
  ]
  const text = `SELECT ${executionColumns('e')} FROM cron_job_executions e
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ORDER BY e.id DESC NULLS FIRST LIMIT $${values.push(limit)}`
  return { text, values }
}

const COUNTS = `
  SELECT "cronJobId", status, count(*)::int AS count, count("durationMs")::int AS timed,
    coalesce(sum("durationMs"), 0)::float8 AS "durationMs"
  FROM cron_job_executions WHERE "cronJobId" = ANY($1::text[]) AND "createdAt" >= $2::timestamptz GROUP BY 1, 2`
const LAST = `
  SELECT ${executionColumns('e')} FROM unnest($1::text[]) AS j(id) CROSS JOIN LATERAL (
    SELECT * FROM cron_job_executions WHERE "cronJobId" = j.id ORDER BY id DESC NULLS FIRST LIMIT 1
  ) e`

function summed(rows: Record<string, unknown>[]): Pick<JobStatistics, 'byStatus' | 'averageDurationMs'> {
  const sum = (name: string) => rows.reduce((total, row) => total + (row[name] as number), 0)
  const byStatus: Partial<Record<ExecutionStatus, number>> = {}
  for (const { status, count } of rows) byStatus[status as ExecutionStatus] = count as number
  const timed = sum('timed')
  return { byStatus, averageDurationMs: timed === 0 ? null : Math.round(sum('durationMs') / timed) }
}

const COUNT_ALL = `
  SELECT status, count(*)::int AS count FROM cron_job_executions WHERE "createdAt" >= $1::timestamptz GROUP BY 1`

const DELETE = `
  WITH old AS MATERIALIZED (
    SELECT e.id FROM cron_job_executions e
    WHERE e."createdAt" < $1::timestamptz AND e.status NOT IN ('queued', 'running')
      AND e.id < (SELECT max(l.id) FROM cron_job_executions l WHERE l."cronJobId" = e."cronJobId")
    ORDER BY e."createdAt" LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  DELETE FROM cron_job_executions e USING old WHERE e.id = old.id RETURNING e.id`

const UNTOLD = `
  SELECT e.event, ${executionColumns('e')}, ${jobColumnsBeside('j')}
  FROM cron_job_executions e JOIN cron_jobs j ON j.id = e."cronJobId"
  WHERE e.event IS NOT NULL ORDER BY e.id LIMIT $1`
const TOLD = `UPDATE cron_job_executions SET event = NULL WHERE id = ANY($1::text[])`
