import type { Completion, CronStore } from '../../ports/cron-store.ts'
import type { Pool } from './connect.ts'
import { countEnded } from './cron-counts.ts'
import { executionColumns, toExecution } from './cron-rows.ts'
import { IS_KEPT } from './cron-turns.ts'
import { query } from './query.ts'

/** `CronStore.complete`, in one statement. */
export function cronCompleting(pool: Pool): CronStore['complete'] {
  return async ({ id, fence, retry, ...completion }: Completion) => {
    const outcome = JSON.stringify({ ...completion, retryId: retry?.id, delayMs: retry?.delayMs })
    const [row] = await query(pool, COMPLETE, [id, fence, outcome])
    return row === undefined ? null : toExecution(row)
  }
}

const FAILED = `x.status IN ('failed', 'timeout')`
const IS_TRIED_AGAIN = `(${FAILED} AND x."retryId" IS NOT NULL AND e."retryCount" < j."maxRetries" AND ${IS_KEPT})`

const WAS_FAILED = `p.status IN ('failed', 'timeout')`

/**
 * What the end of the execution `ended` means besides: for its job, and for the attempt before it, whose failure is the last word where
 * the retry was canceled. Counted last: whoever fires the job holds its row first, too.
 */
export const AFTERWARDS = `
  given_up AS (
    UPDATE cron_job_executions p SET event = 'cron.' || p.status FROM ended e
    WHERE e.status = 'canceled' AND (p.id = e."firstId" OR p."firstId" = e."firstId")
      AND p."retryCount" = e."retryCount" - 1 AND ${WAS_FAILED} RETURNING p.id
  ), told AS (
    UPDATE cron_jobs j SET "failuresInRow" = CASE e.status WHEN 'completed' THEN 0 ELSE j."failuresInRow" + 1 END
    FROM ended e WHERE j.id = e."cronJobId" AND CASE e.status
      WHEN 'completed' THEN j."failuresInRow" > 0
      WHEN 'canceled' THEN e."scheduledFor" IS NOT NULL AND EXISTS (SELECT FROM given_up)
      ELSE e."scheduledFor" IS NOT NULL AND e.event IS NOT NULL END
    RETURNING j.id
  ), settled AS MATERIALIZED (
    SELECT e.* FROM ended e WHERE (SELECT count(*) FROM told) >= 0
  ), counted AS (${countEnded('settled')})`

/**
 * What a failure says of its job is said with the last attempt. A failure by hand says nothing of it: somebody was there; a
 * success does, whoever asked for it.
 */
const COMPLETE = `
  WITH x AS MATERIALIZED (
    SELECT * FROM jsonb_to_record($3::jsonb) AS x(status text, at timestamptz, "completedAt" timestamptz, reason text,
      "exitCode" int, output text, "errorMessage" text, "stackTrace" text, metrics jsonb, "memoryUsageMb" int,
      "cpuUsagePercent" int, "isExpired" boolean, "retryId" text, "delayMs" float8)
  ), ended AS (
    UPDATE cron_job_executions e SET status = x.status, reason = coalesce(x.reason, e.reason),
      "completedAt" = greatest(x."completedAt", e."startedAt"),
      "durationMs" = greatest(0, extract(epoch FROM x."completedAt" - e."startedAt") * 1000)::bigint,
      "exitCode" = x."exitCode", output = x.output, "errorMessage" = x."errorMessage", "stackTrace" = x."stackTrace",
      metrics = nullif(x.metrics, 'null'::jsonb), "memoryUsageMb" = x."memoryUsageMb",
      "cpuUsagePercent" = x."cpuUsagePercent", "leaseExpiresAt" = NULL,
      event = CASE
        WHEN x.status = 'completed' THEN CASE WHEN j."failuresInRow" > 0 THEN 'cron.recovered' ELSE 'cron.succeeded' END
        WHEN ${FAILED} AND NOT ${IS_TRIED_AGAIN} THEN 'cron.' || x.status END
    FROM x, cron_jobs j
    WHERE e.id = $1 AND e.fence = $2 AND e.status = 'running' AND j.id = e."cronJobId"
      AND (x."isExpired" IS NOT TRUE OR e."leaseExpiresAt" <= x.at)
    RETURNING e.*, ${IS_TRIED_AGAIN} AS "isTriedAgain"
  ), again AS (
    INSERT INTO cron_job_executions (id, "cronJobId", "scheduledFor", "retryCount", "firstId", status, reason, "notBefore", "lateMs",
      "triggeredBy", "triggeredByUserId", "requestId", "createdAt")
    SELECT x."retryId", e."cronJobId", e."scheduledFor", e."retryCount" + 1, coalesce(e."firstId", e.id), 'queued', 'attempt ' || e.id || ' ' ||
      CASE e.status WHEN 'timeout' THEN 'timed out' ELSE 'failed' END,
      x.at + x."delayMs" * interval '1 millisecond', e."lateMs", 'retry', e."triggeredByUserId", e."requestId", x.at
    FROM ended e, x WHERE e."isTriedAgain"
    ON CONFLICT ("cronJobId", "scheduledFor", "retryCount") WHERE "scheduledFor" IS NOT NULL DO NOTHING
  ), ${AFTERWARDS}
  SELECT ${executionColumns('ended')} FROM ended`
