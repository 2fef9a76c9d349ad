import type { CronEvent, CronStore } from '../../ports/cron-store.ts'
import type { Pool } from './connect.ts'
import { listExecutions } from './cron-list.ts'
import { executionColumns, jobColumnsBeside, toExecution, toExecutionAndJob } from './cron-rows.ts'
import { query } from './query.ts'

type HistoryMethods = 'getExecution' | 'listExecutions' | 'deleteExecutions' | 'untold' | 'told'

/** What came of occurrences. */
export function cronHistory(pool: Pool): Pick<CronStore, HistoryMethods> {
  return {
    async getExecution(id) {
      const [row] = await query(pool, GET, [id])
      return row === undefined ? null : toExecution(row)
    },
    listExecutions: (filter) => listExecutions(pool, filter),
    async deleteExecutions(before, limit) {
      const deleted = (await query(pool, DELETE, [before, limit])).length
      if (deleted < limit) await query(pool, DELETE_COUNTS, [before])
      return deleted
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

const LATER = `l."cronJobId" = e."cronJobId" AND (l."createdAt", l.id) > (e."createdAt", e.id)`
/** By the statuses that a started one may have, each from the newest: however many were skipped since, they are passed by. */
const HAS_LATER_RUN = `(
  SELECT true FROM unnest('{completed,failed,timeout,running,canceled}'::text[]) AS s(status) CROSS JOIN LATERAL (
    SELECT FROM cron_job_executions l
    WHERE ${LATER} AND l.status = s.status AND l."startedAt" IS NOT NULL
    ORDER BY l."createdAt" DESC, l.id DESC LIMIT 1
  ) l LIMIT 1
)`
/** One that is not the last of its job, nor the last that ran. With a LIMIT, so that it is asked of each row by an index. */
const HAS_LATER = `CASE WHEN e."startedAt" IS NOT NULL THEN ${HAS_LATER_RUN} ELSE (
  SELECT true FROM cron_job_executions l WHERE ${LATER} ORDER BY l."createdAt", l.id LIMIT 1
) END`
const DELETE = `
  WITH old AS MATERIALIZED (
    SELECT e.id FROM cron_job_executions e
    WHERE e."createdAt" < $1::timestamptz AND e.status NOT IN ('queued', 'running') AND ${HAS_LATER}
    ORDER BY e."createdAt", e.id LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  DELETE FROM cron_job_executions e USING old WHERE e.id = old.id RETURNING e.id`
/** A day that is forgotten in part is counted until it is over. */
const DELETE_COUNTS = `DELETE FROM cron_job_stats WHERE day <= $1::timestamptz - interval '1 day'`

/** By their ends: of what has never begun, by when it was recorded. */
const UNTOLD = `
  SELECT e.event, ${executionColumns('e')}, ${jobColumnsBeside('j')}
  FROM cron_job_executions e JOIN cron_jobs j ON j.id = e."cronJobId"
  WHERE e.event IS NOT NULL ORDER BY coalesce(e."completedAt", e."createdAt"), e.id LIMIT $1`
const TOLD = `UPDATE cron_job_executions SET event = NULL WHERE id = ANY($1::text[])`
