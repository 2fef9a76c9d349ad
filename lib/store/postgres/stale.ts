import type {
  EndedStale,
  StaleBatch,
  StaleLimits,
  StalePosition,
  SweepStore,
} from '../../ports/sweep-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { pendingStats } from './stats.ts'

/**
 * `SweepStore.endStale`. The running index is read once in a sweep, from where the last batch ended: what has been ended stays
 * in it as dead entries, and a batch that began at the front would read all of them again. It goes by claim, then by id, and
 * those without a claim's name come last; to the planner these are two questions.
 */
export async function endStale(
  pool: Pool,
  { sweepId, limits, after = START, limit }: StaleBatch,
): Promise<EndedStale> {
  const { claimId, id } = after
  const place = claimId === null ? [id] : [claimId, id]
  const rows = await query(pool, endStatement(claimId !== null, limit), [toRules(limits), sweepId, ...place])
  const ended = rows.filter(({ state }) => state !== null)
  return {
    ended: ended.map(({ id, kind, state }) => ({ id, kind, state })) as EndedStale['ended'],
    next: nextAfter(rows, claimId !== null, limit),
  }
}

const START: StalePosition = { claimId: '', id: '' }
const UNNAMED: StalePosition = { claimId: null, id: '' }

function nextAfter(rows: Record<string, unknown>[], isNamed: boolean, limit: number): StalePosition | null {
  const last = rows.at(-1)
  if (last !== undefined && rows.length >= limit)
    return { claimId: last.claimId as string | null, id: last.id as string }
  return isNamed ? UNNAMED : null
}

/** `SweepStore.countStale`. */
export async function countStale(pool: Pool, limits: StaleLimits): ReturnType<SweepStore['countStale']> {
  return (await query(pool, COUNT, [toRules(limits)])) as { kind: string; count: number }[]
}

/** By the number of the script, and `default`. */
const toRules = ({ default: rule, scripts }: StaleLimits) => JSON.stringify({ ...scripts, default: rule })

const RULE = `coalesce($1::jsonb -> r."scriptId"::text, $1::jsonb -> 'default')`
const IS_STALE = `
  r.state = 'running' AND r."startedAt" < now() - (${RULE} ->> 'seconds')::float8 * interval '1 second'`

const COUNT = `SELECT r.kind, count(*) FROM runs r WHERE ${IS_STALE} GROUP BY r.kind ORDER BY count(*) DESC, r.kind`

/** A cancel that was asked for makes of any end but success a canceled run (rule 6). */
const ended = (asFailed: string, asCanceled: string) =>
  `CASE WHEN r."cancelRequestedAt" IS NULL THEN '${asFailed}' ELSE '${asCanceled}' END`

/**
 * The limit stands in the text: of a parameter the planner cannot tell how few it is, and would sort all that run. A row is found
 * again by its place, where it is still what was locked: one that has changed since the statement began is left alone.
 */
const endStatement = (isNamed: boolean, limit: number) => `
  WITH stale AS MATERIALIZED (
    SELECT r.ctid AS place, r.id, r."claimId", r."startedAt", ${RULE} ->> 'error' AS error FROM runs r
    WHERE ${IS_STALE} AND ${isNamed ? '(r."claimId", r.id) > ($3, $4)' : 'r."claimId" IS NULL AND r.id > $3'}
    ORDER BY r."claimId", r.id LIMIT ${limit} FOR NO KEY UPDATE OF r SKIP LOCKED
  ), moved AS (
    UPDATE runs r SET state = ${ended('failed', 'canceled')}, "errorCode" = ${ended('stale', 'canceled')},
      error = stale.error, "finishedAt" = now(), "updatedAt" = now(), "leaseExpiresAt" = NULL, "claimId" = NULL
    FROM stale
    WHERE r.ctid = stale.place AND r.id = stale.id AND r.state = 'running' AND r."startedAt" = stale."startedAt"
    RETURNING r.id, r."projectId", r.kind, r.state, r.error, r.fence, r.attempt, r."claimedBy", r."startedAt",
      r."finishedAt", r."logBytes", r."outputBytes"
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, 'run.' || state, 'system', jsonb_build_object('fence', fence, 'attempt', attempt, 'workerId', "claimedBy",
      'error', error, 'by', 'sweep', 'sweepId', $2::text)
    FROM moved
  ), counted AS (${pendingStats([{ from: 'moved', by: 1 }], true)})
  SELECT stale.id, stale."claimId", moved.kind, moved.state FROM stale LEFT JOIN moved ON moved.id = stale.id
  ORDER BY stale."claimId", stale.id`
