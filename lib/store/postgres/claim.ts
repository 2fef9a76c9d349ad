import { createHash } from 'node:crypto'
import type { ClaimRequest, QueueFilter } from '../../ports/run-store.ts'
import type { Run } from '../../run/run.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { query } from './query.ts'
import { fromRow } from './row.ts'

/** `RunStore.claim`. With a claimId the same claim is made one at a time, so a repeat finds what the first one took. */
export async function claimRuns(pool: Pool, request: ClaimRequest): Promise<Run[]> {
  const { claimId } = request
  if (claimId === undefined) return inOrder(await take(pool, request))
  const begin = `BEGIN; SELECT pg_advisory_xact_lock(${lockNumber(claimId)})`
  return guarded(() =>
    transaction(pool, begin, async (client) => {
      const held = await query(client, HELD, [claimId, request.workerId, request.projectId ?? ''])
      return inOrder(held.length > 0 ? held : await take(client, request))
    }),
  )
}

/** `RunStore.hasDue`. */
export async function hasDueRuns(pool: Pool, filter: QueueFilter): Promise<boolean> {
  const { lanes, ready, values } = queueOf(filter, [])
  const text = `${lanes} SELECT 1 FROM lanes WHERE EXISTS (SELECT 1 FROM runs WHERE ${ready}) LIMIT 1`
  return (await query(pool, text, values)).length > 0
}

async function take(on: Pool | PoolClient, request: ClaimRequest): Promise<Record<string, unknown>[]> {
  const { workerId, limit, leaseSeconds, claimId = null } = request
  const { lanes, ready, values } = queueOf(request, [workerId, limit, leaseSeconds, claimId])
  return query(on, `${lanes}, ${taking(ready)}`, values)
}

/**
 * The (kind, priority) pairs to look at, and what makes a run of one ready. One probe a lane reads `limit` entries in the
 * order of the index, where a sort over kinds would read the whole backlog (data page). Without kinds, those that wait are
 * found by skipping from one to the next. The project stands in each ORDER BY, all alike as it is: to the planner IS NULL is
 * no constant, and without it the whole lane is sorted.
 */
function queueOf(
  filter: QueueFilter,
  before: unknown[],
): { lanes: string; ready: string; values: unknown[] } {
  const values = [...before]
  const project =
    filter.projectId === null ? '"projectId" IS NULL' : `"projectId" = $${values.push(filter.projectId)}`
  // The state is a literal, or the planner would not use the partial index.
  const queued = `state = 'queued' AND ${project}`
  const kinds = filter.kinds
    ? `WITH kinds AS (SELECT DISTINCT unnest($${values.push(filter.kinds)}::text[]) AS kind)`
    : `WITH RECURSIVE kinds AS (
        (SELECT kind FROM runs WHERE ${queued} ORDER BY "projectId", kind LIMIT 1)
        UNION ALL
        SELECT (SELECT kind FROM runs WHERE ${queued} AND kind > last.kind ORDER BY "projectId", kind LIMIT 1)
        FROM kinds last WHERE last.kind IS NOT NULL
      )`
  const lanes = `${kinds}, lanes AS (
      SELECT kind, priority FROM kinds CROSS JOIN unnest('{3,2,1,0}'::smallint[]) AS priority WHERE kind IS NOT NULL
    )`
  const ready = `${queued} AND kind = lanes.kind AND priority = lanes.priority AND "runAt" <= now()`
  return { lanes, ready, values }
}

const taking = (ready: string) => `
    candidates AS (
      SELECT c.* FROM lanes CROSS JOIN LATERAL (
        SELECT id, priority, "runAt" FROM runs WHERE ${ready}
        ORDER BY "projectId", "runAt", id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
      ) c
    ), picked AS MATERIALIZED (
      SELECT id FROM candidates ORDER BY priority DESC, "runAt", id LIMIT $2
    ), taken AS (
      UPDATE runs r SET state = 'running', attempt = attempt + 1, fence = fence + 1, "claimedBy" = $1, "claimedAt" = now(),
        "claimId" = $4, "startedAt" = now(), "heartbeatAt" = now(), "leaseExpiresAt" = now() + $3::float8 * interval '1 second',
        progress = 0, "progressMessage" = NULL, "updatedAt" = now(),
        "folderName" = coalesce("folderName", to_char(now()::timestamptz(3) AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || r.id)
      FROM picked WHERE r.id = picked.id AND r.state = 'queued' RETURNING r.*
    ), events AS (
      INSERT INTO run_events ("runId", type, actor, data)
      SELECT id, 'run.started', $1, jsonb_build_object('workerId', "claimedBy", 'fence', fence, 'attempt', attempt) FROM taken
    )
    SELECT * FROM taken`

const HELD = `
  SELECT * FROM runs
  WHERE state = 'running' AND "claimId" = $1 AND "claimedBy" = $2 AND coalesce("projectId", '') = $3
    AND "leaseExpiresAt" IS NOT NULL`

const lockNumber = (text: string) => createHash('sha256').update(text).digest().readBigInt64BE(0)

// RETURNING has no order.
function inOrder(rows: Record<string, unknown>[]): Run[] {
  return rows
    .map(fromRow)
    .sort((a, b) => b.priority - a.priority || compare(a.runAt, b.runAt) || compare(a.id, b.id))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
