import type { CronStore, EndedRun, ExpiredExecution } from '../../ports/cron-store.ts'
import { guarded, isUniqueViolation, type Pool, transaction } from './connect.ts'
import { cronCompleting } from './cron-complete.ts'
import { executionColumns, jobColumnsBeside, toExecution, toExecutionAndJob } from './cron-rows.ts'
import { insertRunsWithin } from './insert.ts'
import { query } from './query.ts'
import { scriptRegistry } from './scripts.ts'
import { IS_FINAL } from './whether-open.ts'

type WorkMethods = 'claim' | 'attachRun' | 'complete' | 'expired' | 'ended' | 'cancelQueued'

/** How executions are performed and end. */
export function cronWork(pool: Pool): Pick<CronStore, WorkMethods> {
  const scripts = scriptRegistry(pool)
  return {
    async claim({ at, limit, graceMs, requestId, fitsMs, action }) {
      try {
        const claimed = await query(pool, CLAIM, [
          at,
          limit,
          graceMs,
          requestId,
          fitsMs ?? null,
          action ?? null,
        ])
        return claimed.map(toExecutionAndJob)
      } catch (error) {
        // Another one of a job began between the look and the taking: the next call sees it.
        if (isUniqueViolation(error)) return []
        throw error
      }
    },
    async attachRun({ id, fence }, run) {
      const scriptId = await scripts([run])
      return await guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          if ((await query(client, ATTACH, [id, fence, run.id])).length === 0) return false
          await insertRunsWithin(client, scriptId, [run])
          return true
        }),
      )
    },
    complete: cronCompleting(pool),
    async expired(at, limit) {
      return (await query(pool, EXPIRED, [at, limit])) as unknown as ExpiredExecution[]
    },
    async ended(limit) {
      return (await query(pool, ENDED, [limit])).map(toEndedRun)
    },
    async cancelQueued(id, at, reason) {
      const [row] = await query(pool, CANCEL, [id, at, reason])
      return row === undefined ? null : toExecution(row)
    },
  }
}

/** How long the last ones took, the longest of them; a job without any may take its whole time. */
const EXPECTED_MS = `
  CASE j.action->>'type' WHEN 'enqueue' THEN 0 ELSE coalesce((
    SELECT max(l."durationMs") FROM (
      SELECT d."durationMs" FROM cron_job_executions d WHERE d."cronJobId" = j.id ORDER BY d.id DESC LIMIT 20
    ) l), j."timeoutMs") END`

/** One at work, or one whose turn is before: retries first, lest an occurrence overtakes the one before it. */
const IS_BEHIND = `
  EXISTS (
    SELECT FROM cron_job_executions o WHERE o."cronJobId" = e."cronJobId" AND o.id <> e.id AND (
      o.status = 'running' OR (o.status = 'queued' AND (o."retryCount" = 0, o.id) < (e."retryCount" = 0, e.id)))
  )`

const CLAIM = `
  WITH picked AS MATERIALIZED (
    SELECT e.id, j."timeoutMs", j."overlapPolicy" <> 'allow' AS alone
    FROM cron_job_executions e JOIN cron_jobs j ON j.id = e."cronJobId"
    WHERE e.status = 'queued' AND e."notBefore" <= $1::timestamptz
      AND ($5::float8 IS NULL OR ${EXPECTED_MS} <= $5) AND ($6::text IS NULL OR j.action->>'type' = $6)
      AND (j."overlapPolicy" = 'allow' OR NOT ${IS_BEHIND})
    ORDER BY e."notBefore", e.id LIMIT $2 FOR UPDATE OF e SKIP LOCKED
  ), claimed AS (
    UPDATE cron_job_executions e SET status = 'running', fence = e.fence + 1, "startedAt" = $1, "requestId" = $4,
      "isExclusive" = p.alone,
      "leaseExpiresAt" = $1::timestamptz + (p."timeoutMs" + $3::float8) * interval '1 millisecond'
    FROM picked p WHERE e.id = p.id RETURNING e.*
  )
  SELECT ${executionColumns('e')}, ${jobColumnsBeside('j')}
  FROM claimed e JOIN cron_jobs j ON j.id = e."cronJobId" ORDER BY e."notBefore", e.id`

const ATTACH = `
  UPDATE cron_job_executions SET "runId" = $3, "leaseExpiresAt" = NULL
  WHERE id = $1 AND fence = $2 AND status = 'running' AND "leaseExpiresAt" IS NOT NULL RETURNING id`

const EXPIRED = `
  SELECT id, fence, "retryCount" FROM cron_job_executions
  WHERE status = 'running' AND "leaseExpiresAt" <= $1::timestamptz ORDER BY "leaseExpiresAt" LIMIT $2`

const RUN = [
  'state',
  'error',
  'errorCode',
  'outputRef',
  'exitCode',
  'memoryPeakBytes',
  'cpuSeconds',
  'startedAt',
  'finishedAt',
] as const satisfies (keyof NonNullable<EndedRun['run']>)[]

const ENDED = `
  SELECT e.id, e.fence, e."startedAt", e."retryCount", r.id AS "run_id", ${RUN.map((name) => `r."${name}" AS "run_${name}"`).join(', ')}
  FROM cron_job_executions e LEFT JOIN runs r ON r.id = e."runId"
  WHERE e.status = 'running' AND e."runId" IS NOT NULL AND (r.id IS NULL OR ${IS_FINAL}) ORDER BY e.id LIMIT $1`

function toEndedRun(row: Record<string, unknown>): EndedRun {
  const { id, fence, startedAt, retryCount } = row as unknown as EndedRun
  const run = Object.fromEntries(RUN.map((name) => [name, row[`run_${name}`]]))
  return { id, fence, startedAt, retryCount, run: row.run_id === null ? null : (run as EndedRun['run']) }
}

const CANCEL = `
  UPDATE cron_job_executions e SET status = 'canceled', "completedAt" = $2, reason = $3
  WHERE id = $1 AND status = 'queued' RETURNING ${executionColumns('e')}`
