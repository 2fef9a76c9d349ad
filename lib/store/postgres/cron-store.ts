import type { CronOutlook, CronStore, OverdueJobs } from '../../ports/cron-store.ts'
import type { Pool } from './connect.ts'
import { cronCounts } from './cron-counts.ts'
import { cronFiring } from './cron-fire.ts'
import { cronHistory } from './cron-history.ts'
import { cronJobRows } from './cron-jobs.ts'
import { cronRecent } from './cron-recent.ts'
import { cronSettingRows } from './cron-settings.ts'
import { IN_TURN, MAY_BEGIN } from './cron-turns.ts'
import { cronWork } from './cron-work.ts'
import { query } from './query.ts'
import { IS_FINAL } from './whether-open.ts'

/** The cron jobs of a Postgres database. */
export function postgresCronStore(pool: Pool): CronStore {
  return {
    async now() {
      const [row] = await query(pool, NOW)
      return row?.at as string
    },
    async look(at) {
      return (await query(pool, LOOK, [at ?? null]))[0] as unknown as CronOutlook
    },
    async overdue(at) {
      const [row] = await query(pool, OVERDUE, [at])
      return row?.since == null ? null : (row as unknown as OverdueJobs)
    },
    ...cronJobRows(pool),
    ...cronFiring(pool),
    ...cronWork(pool),
    ...cronHistory(pool),
    ...cronCounts(pool),
    ...cronRecent(pool),
    ...cronSettingRows(pool),
  }
}

/** Cut to what columns keep, lest an instant is later than itself read back. */
const NOW = `SELECT date_trunc('milliseconds', now()) AS at`

const OVERDUE = `
  SELECT count(*)::int AS jobs, min("nextRunAt") AS since FROM cron_jobs WHERE "isEnabled" AND "nextRunAt" <= $1::timestamptz`

/** Each question is answered by an index that holds nothing but what is open. */
const LOOK = `
  WITH clock AS MATERIALIZED (SELECT coalesce($1::timestamptz, date_trunc('milliseconds', now())) AS at)
  SELECT at,
    EXISTS (SELECT FROM cron_job_executions WHERE status = 'running' AND "leaseExpiresAt" <= at) AS expired,
    EXISTS (
      SELECT FROM cron_job_executions e LEFT JOIN runs r ON r.id = e."runId"
      WHERE e.status = 'running' AND e."runId" IS NOT NULL AND (r.id IS NULL OR ${IS_FINAL})
    ) AS ended,
    EXISTS (
      SELECT FROM cron_jobs WHERE "isEnabled" AND "nextRunAt" IS NOT NULL AND "nextRunAt" <= at
    ) AS due,
    queued.ready > 0 AS waiting, queued.behind,
    EXISTS (SELECT FROM cron_job_executions WHERE event IS NOT NULL) AS untold,
    (SELECT min("notBefore") FROM cron_job_executions WHERE status = 'queued' AND "notBefore" > at) AS "nextRetryAt",
    (SELECT min("nextRunAt") FROM cron_jobs WHERE "isEnabled" AND "nextRunAt" > at) AS "nextRunAt"
  FROM clock, LATERAL (
    SELECT count(*) FILTER (WHERE ${MAY_BEGIN}) AS ready, (count(*) FILTER (WHERE NOT ${MAY_BEGIN}))::int AS behind
    FROM ${IN_TURN} WHERE o.status = 'queued' AND o."notBefore" <= at
  ) queued`
