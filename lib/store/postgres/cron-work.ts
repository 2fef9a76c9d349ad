import type { CronStore, EndedRun, ExpiredExecution } from '../../ports/cron-store.ts'
import { audited } from './audited.ts'
import { guarded, isUniqueViolation, type Pool, transaction } from './connect.ts'
import { AFTERWARDS, cronCompleting } from './cron-complete.ts'
import { executionColumns, jobColumnsBeside, toExecution, toExecutionAndJob } from './cron-rows.ts'
import { IN_TURN, MAY_BEGIN } from './cron-turns.ts'
import { insertRunsWithin } from './insert.ts'
import { query } from './query.ts'
import { scriptRegistry } from './scripts.ts'
import { IS_FINAL } from './whether-open.ts'

type WorkMethods =
  | 'claim'
  | 'attachRun'
  | 'complete'
  | 'expired'
  | 'requeueExpired'
  | 'ended'
  | 'cancelQueued'

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
    async requeueExpired(at, limit) {
      return (await query(pool, REQUEUE, [at, limit])).length
    },
    async ended(limit) {
      return (await query(pool, ENDED, [limit])).map(toEndedRun)
    },
    async cancelQueued(id, at, reason, audit) {
      const [row] = await audited(pool, audit, CANCEL, [id, at, reason])
      return row === undefined ? null : toExecution(row)
    },
  }
}

/** How long the last ones took, the longest of them; a job without any may take its whole time. */
const EXPECTED_MS = `
  CASE j.action->>'type' WHEN 'enqueue' THEN 0 ELSE coalesce((
    SELECT max(l."durationMs") FROM (
      SELECT d."durationMs" FROM cron_job_executions d WHERE d."cronJobId" = j.id ORDER BY d."createdAt" DESC, d.id DESC LIMIT 20
    ) l), j."timeoutMs") END`

/** Those at the head may just be taken by others; so many more are looked at. */
const AHEAD = 100

/**
 * Of each job its next one, before any second: a job with many waiting keeps no other from its turn. One that was triggered stays under
 * the request that did it.
 */
const CLAIM = `
  WITH ready AS MATERIALIZED (
    SELECT o.id, o.turn, o.due, j."timeoutMs", j."overlapPolicy" <> 'allow' AS alone FROM ${IN_TURN}
    WHERE o.status = 'queued' AND o."notBefore" <= $1::timestamptz AND ${MAY_BEGIN}
      AND ($5::float8 IS NULL OR ${EXPECTED_MS} <= $5) AND ($6::text IS NULL OR j.action->>'type' = $6)
    ORDER BY o.turn, o.due, o.id LIMIT $2 + ${AHEAD}
  ), picked AS MATERIALIZED (
    SELECT r.* FROM ready r JOIN cron_job_executions e ON e.id = r.id
    WHERE e.status = 'queued' ORDER BY r.turn, r.due, r.id LIMIT $2 FOR UPDATE OF e SKIP LOCKED
  ), claimed AS (
    UPDATE cron_job_executions e SET status = 'running', fence = e.fence + 1, "startedAt" = $1,
      "requestId" = CASE WHEN e."scheduledFor" IS NULL THEN coalesce(e."requestId", $4) ELSE $4 END,
      "isExclusive" = p.alone,
      "leaseExpiresAt" = $1::timestamptz + (p."timeoutMs" + $3::float8) * interval '1 millisecond'
    FROM picked p WHERE e.id = p.id RETURNING e.*, p.turn, p.due
  )
  SELECT ${executionColumns('e')}, ${jobColumnsBeside('j')}
  FROM claimed e JOIN cron_jobs j ON j.id = e."cronJobId" ORDER BY e.turn, e.due, e.id`

const ATTACH = `
  UPDATE cron_job_executions SET "runId" = $3, "leaseExpiresAt" = NULL
  WHERE id = $1 AND fence = $2 AND status = 'running' AND "leaseExpiresAt" IS NOT NULL RETURNING id`

/** So often it is claimed: one whose run cannot be enqueued must come to an end, and be told of. */
const MOST_CLAIMS = 3

const IS_EXPIRED = `e.status = 'running' AND e."leaseExpiresAt" <= $1::timestamptz`
const HAS_NOT_BEGUN = `(j.action->>'type' = 'enqueue' AND e."runId" IS NULL AND e.fence < ${MOST_CLAIMS})`

const EXPIRED = `
  SELECT e.id, e.fence, e."retryCount" FROM cron_job_executions e JOIN cron_jobs j ON j.id = e."cronJobId"
  WHERE ${IS_EXPIRED} AND NOT ${HAS_NOT_BEGUN} ORDER BY e."leaseExpiresAt" LIMIT $2`

const REQUEUE = `
  WITH back AS MATERIALIZED (
    SELECT e.id FROM cron_job_executions e JOIN cron_jobs j ON j.id = e."cronJobId"
    WHERE ${IS_EXPIRED} AND ${HAS_NOT_BEGUN} ORDER BY e."leaseExpiresAt" LIMIT $2 FOR UPDATE OF e SKIP LOCKED
  )
  UPDATE cron_job_executions e SET status = 'queued', "startedAt" = NULL, "leaseExpiresAt" = NULL
  FROM back WHERE e.id = back.id RETURNING e.id`

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
  WHERE e.status = 'running' AND e."runId" IS NOT NULL AND (r.id IS NULL OR ${IS_FINAL}) ORDER BY r."finishedAt", e.id LIMIT $1`

function toEndedRun(row: Record<string, unknown>): EndedRun {
  const { id, fence, startedAt, retryCount } = row as unknown as EndedRun
  const run = Object.fromEntries(RUN.map((name) => [name, row[`run_${name}`]]))
  return { id, fence, startedAt, retryCount, run: row.run_id === null ? null : (run as EndedRun['run']) }
}

const CANCEL = `
  WITH ended AS (
    UPDATE cron_job_executions e SET status = 'canceled', "completedAt" = $2, reason = $3
    WHERE id = $1 AND status = 'queued' RETURNING e.*
  ), ${AFTERWARDS}
  SELECT ${executionColumns('ended')} FROM ended`
