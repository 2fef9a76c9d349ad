import type { EndedStale, StaleBatch, StaleLimits, StaleSearch, SweepStore } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { pendingStats } from './stats.ts'

/** `SweepStore.findStale`. */
export async function findStale(pool: Pool, { limits, after = '', limit }: StaleSearch): Promise<string[]> {
  return (await query(pool, FIND, [toRules(limits), after, limit])).map(({ id }) => id as string)
}

/** `SweepStore.countStale`. */
export async function countStale(pool: Pool, limits: StaleLimits): ReturnType<SweepStore['countStale']> {
  return (await query(pool, COUNT, [toRules(limits)])) as { kind: string; count: number }[]
}

/** `SweepStore.endStale`. */
export async function endStale(pool: Pool, { sweepId, limits, ids }: StaleBatch): Promise<EndedStale[]> {
  const values = [toRules(limits), sweepId, ids]
  // Rolled back before an error is told: by itself, a statement says so while it still holds its rows, and who tries less of them at once
  // would pass them by.
  const ended = await guarded(() => transaction(pool, 'BEGIN', (client) => query(client, END, values)))
  return ended as unknown as EndedStale[]
}

/** By the number of the script, and `default`. */
const toRules = ({ default: rule, scripts }: StaleLimits) => JSON.stringify({ ...scripts, default: rule })

const RULE = `coalesce($1::jsonb -> r."scriptId"::text, $1::jsonb -> 'default')`
/** So long after its start; of one that the ledger was told of late, not before its end could be told, too. */
const STALE_AT = `greatest(
  r."startedAt" + (${RULE} ->> 'seconds')::float8 * interval '1 second',
  CASE WHEN r."claimedAt" > r."startedAt" + interval '${LIMITS.reportedLate.afterSeconds} seconds'
    THEN r."claimedAt" + interval '${LIMITS.reportedLate.sparedSeconds} seconds' END)`
const IS_OLD = `${STALE_AT} < now()`

// Apart, or the planner would go through all runs in the order of their ids until enough of them run.
const RUNNING = `
  WITH r AS MATERIALIZED (SELECT id, kind, "startedAt", "claimedAt", "scriptId" FROM runs WHERE state = 'running')`
const FIND = `${RUNNING} SELECT id FROM r WHERE ${IS_OLD} AND id > $2 ORDER BY id LIMIT $3`
const COUNT = `${RUNNING} SELECT kind, count(*) FROM r WHERE ${IS_OLD} GROUP BY kind ORDER BY count(*) DESC, kind`

/** A cancel that was asked for makes of any end but success a canceled run (rule 6). */
const ended = (asFailed: string, asCanceled: string) =>
  `CASE WHEN r."cancelRequestedAt" IS NULL THEN '${asFailed}' ELSE '${asCanceled}' END`

/**
 * That a run has begun and not ended says that it is running; naming the state makes the planner read all that run. A row is found
 * again by its place, where it is still what was locked: one that has changed since the statement began is left alone.
 */
const END = `
  WITH stale AS MATERIALIZED (
    SELECT r.ctid AS place, r.id, r."startedAt", ${RULE} ->> 'error' AS error FROM runs r
    WHERE r.id = ANY($3::text[]) AND r."finishedAt" IS NULL AND ${IS_OLD}
    ORDER BY r.id FOR NO KEY UPDATE OF r SKIP LOCKED
  ), moved AS (
    UPDATE runs r SET state = ${ended('failed', 'canceled')}, "errorCode" = ${ended('stale', 'canceled')},
      error = stale.error, "finishedAt" = now(), "updatedAt" = now(), "leaseExpiresAt" = NULL, "claimId" = NULL
    FROM stale
    WHERE r.ctid = stale.place AND r.id = stale.id AND r."finishedAt" IS NULL AND r."startedAt" = stale."startedAt"
    RETURNING r.id, r."projectId", r.kind, r.state, r.error, r.fence, r.attempt, r."claimedBy", r."startedAt",
      r."finishedAt", r."logBytes", r."outputBytes", r."runAt", r."createdAt", r.origin
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, 'run.' || state, 'system', jsonb_build_object('fence', fence, 'attempt', attempt, 'workerId', "claimedBy",
      'error', error, 'by', 'sweep', 'sweepId', $2::text)
    FROM moved
  ), counted AS (${pendingStats([{ from: 'moved', by: 1, waits: true }], true)})
  SELECT kind, state, count(*) FROM moved GROUP BY kind, state`
