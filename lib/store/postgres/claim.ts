import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClaimRequest, QueueFilter } from '../../ports/run-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'

/** `RunStore.claim`. With a claimId the same claim is made one at a time, so a repeat finds what the first one took. */
export async function claimRuns(pool: Pool, request: ClaimRequest): Promise<Run[]> {
  const { text, values } = claimStatement(request)
  for (let tries = 1; ; tries++) {
    const rows = await claimOnce(pool, request.claimId, text, values)
    const runs = rows.filter(({ id }) => id !== null)
    // Others were at the very runs that this one had in view, and there may be more.
    const isWorthAnother = runs.length === 0 && rows.length > 0 && tries < MAX_TRIES
    if (!isWorthAnother) return inOrder(runs)
    await sleep(Math.random() * tries * 3)
  }
}

/** Twenty who are after the same few were seen to need more than eight. */
const MAX_TRIES = 14

async function claimOnce(pool: Pool, claimId: string | undefined, text: string, values: unknown[]) {
  if (claimId === undefined) return query(pool, text, values)
  const begin = `BEGIN; SELECT pg_advisory_xact_lock(${lockNumber(claimId)})`
  return guarded(() => transaction(pool, begin, (client) => query(client, text, values)))
}

/** `RunStore.hasDue`: the claim's own probes, for one run. */
export async function hasDueRuns(pool: Pool, filter: QueueFilter): Promise<boolean> {
  const { shape, values } = queueOf(filter)
  const { lanes, ready } = queue(shape, numbered(1))
  const text = `WITH RECURSIVE ${lanes} SELECT 1 FROM lanes CROSS JOIN LATERAL (${probe(ready, 1)}) c LIMIT 1`
  return (await query(pool, text, values)).length > 0
}

/** What of a filter stands in the text: whether there is a project, and room for how many kinds; undefined is any. */
interface Queue {
  isSystem: boolean
  kindRoom: number | undefined
}

/** A statement for each number there may be would fill the memory of every connection; these few have room for all. */
const KIND_ROOMS = [1, 2, 4, 8, 16, 32, LIMITS.claimKinds]
const LIMIT_ROOMS = [1, 2, 5, 10, 20, 50, LIMITS.claimBatch]
const roomFor = (rooms: number[], count: number) => rooms.find((room) => count <= room) ?? count

function queueOf({ projectId, kinds }: QueueFilter): { shape: Queue; values: unknown[] } {
  const project = projectId === null ? [] : [projectId]
  if (kinds === undefined)
    return { shape: { isSystem: projectId === null, kindRoom: undefined }, values: project }
  const different = [...new Set(kinds)]
  const kindRoom = roomFor(KIND_ROOMS, different.length)
  // What is over is filled with a kind that is there already.
  const filled = Array.from({ length: kindRoom }, (_, n) => different[n] ?? different[0])
  return { shape: { isSystem: projectId === null, kindRoom }, values: [...project, ...filled] }
}

/** Gives out `$1`, `$2` …, from the one given on. */
function numbered(first: number): () => string {
  let next = first
  return () => `$${next++}`
}

/**
 * The (kind, priority) pairs to look at, the most urgent first, and what makes a run of one ready. Without kinds, those that
 * wait are found by skipping from one to the next. The project stands in each ORDER BY, all alike as it is: to the planner
 * IS NULL is no constant, and without it the whole lane is sorted.
 */
function queue({ isSystem, kindRoom }: Queue, value: () => string): { lanes: string; ready: string } {
  const project = isSystem ? '"projectId" IS NULL' : `"projectId" = ${value()}`
  // The state is a literal, or the planner would not use the partial index.
  const queued = `state = 'queued' AND ${project}`
  const kinds =
    kindRoom === undefined
      ? `kinds AS (
        (SELECT kind FROM runs WHERE ${queued} ORDER BY "projectId", kind LIMIT 1)
        UNION ALL
        SELECT (SELECT kind FROM runs WHERE ${queued} AND kind > last.kind ORDER BY "projectId", kind LIMIT 1)
        FROM kinds last WHERE last.kind IS NOT NULL
      )`
      : `kinds AS (SELECT ${kindRoom > 1 ? 'DISTINCT' : ''} unnest(ARRAY[${Array.from({ length: kindRoom }, () => `${value()}::text`)}]) AS kind)`
  const lanes = `${kinds}, lanes AS (
      SELECT kind, priority FROM unnest('{3,2,1,0}'::smallint[]) AS priority CROSS JOIN kinds WHERE kind IS NOT NULL
    )`
  const ready = `${queued} AND kind = lanes.kind AND priority = lanes.priority AND "runAt" <= now()`
  return { lanes, ready }
}

function claimStatement(request: ClaimRequest): { text: string; values: unknown[] } {
  const { workerId, limit, leaseSeconds, claimId, projectId, bytes = Infinity } = request
  const queued = queueOf(request)
  const shape = {
    ...queued.shape,
    limitRoom: roomFor(LIMIT_ROOMS, limit),
    isNamed: claimId !== undefined,
    mustFit: limit * MAX_ROW_BYTES > bytes,
  }
  const key = JSON.stringify(shape)
  const text = texts.get(key) ?? claimText(shape)
  texts.set(key, text)
  const held = shape.isNamed ? [projectId ?? ''] : []
  const fitting = shape.mustFit ? [bytes] : []
  return {
    text,
    values: [workerId, leaseSeconds, claimId ?? null, limit, ...queued.values, ...held, ...fitting],
  }
}

const texts = new Map<string, string>()

/**
 * The whole claim as one statement; a row without an id in its answer says that there was something to take. How many there is
 * room for stands in the text: of a parameter the planner cannot tell, and plans each call anew, which takes longer than to claim.
 */
function claimText(shape: Queue & { limitRoom: number; isNamed: boolean; mustFit: boolean }): string {
  const { limitRoom, isNamed, mustFit } = shape
  const value = numbered(5)
  const { lanes, ready } = queue(shape, value)
  const unheld = isNamed ? 'NOT EXISTS (SELECT 1 FROM held)' : 'true'
  const held = isNamed ? `${heldBy(value())},` : ''
  const isOneKind = shape.kindRoom === 1
  const picked = isOneKind
    ? pickFromOneKind(ready, limitRoom, unheld)
    : pickFromKinds(ready, limitRoom, unheld)
  const fitting = mustFit ? thatFit(value()) : ALL_FIT
  return `WITH RECURSIVE ${held} ${lanes}, ${picked}, ${fitting}, ${TAKE} ${answer(isOneKind, isNamed)}`
}

/** The most that one run's own texts can be: its input, its error, its labels. */
const MAX_ROW_BYTES = LIMITS.inputBytes + 40_000

/** Locks what it takes and no more: rows are locked as they are pulled, lane after lane, until there are enough. */
const pickFromOneKind = (ready: string, room: number, unheld: string) => `
    picked AS MATERIALIZED (
      SELECT c.* FROM lanes CROSS JOIN LATERAL (${probe(ready, room, 'FOR NO KEY UPDATE SKIP LOCKED')}) c
      WHERE ${unheld} LIMIT $4
    )`

/**
 * Kinds are mixed by time, so first it is seen, without a lock, how many of each lane are among the first; then so many
 * are locked there, as they are pulled. To lock `limit` in every lane would hide work from others, and to sort over kinds
 * would read all that waits (data page). The inner limit is for the planner, which sorts a lane for one it does not know.
 */
const pickFromKinds = (ready: string, room: number, unheld: string) => `
    seen AS MATERIALIZED (
      SELECT lanes.kind, c.* FROM lanes CROSS JOIN LATERAL (${probe(ready, room)}) c WHERE ${unheld}
    ), shares AS MATERIALIZED (
      SELECT kind, priority, count(*) AS share
      FROM (SELECT * FROM seen ORDER BY priority DESC, "runAt", id LIMIT $4) first GROUP BY kind, priority
    ), picked AS MATERIALIZED (
      SELECT c.* FROM shares lanes CROSS JOIN LATERAL (
        SELECT * FROM (${probe(ready, room, 'FOR NO KEY UPDATE SKIP LOCKED')}) p LIMIT lanes.share
      ) c
    )`

const probe = (ready: string, limit: number, lock = '') => `
      SELECT id, priority, "runAt" FROM runs WHERE ${ready} ORDER BY "projectId", "runAt", id LIMIT ${limit} ${lock}`

const ALL_FIT = 'fitting AS (SELECT id FROM picked)'

const thatFit = (bytes: string) => `
    sized AS (
      SELECT p.*, coalesce(octet_length(r.input::text), 0) + coalesce(octet_length(r.error), 0)
        + octet_length(r.labels::text) + 2000 AS size
      FROM picked p JOIN runs r ON r.id = p.id
    ), fitting AS (
      SELECT id FROM (
        SELECT id, sum(size) OVER (ORDER BY priority DESC, "runAt", id) - size AS preceding FROM sized
      ) s WHERE preceding < ${bytes}
    )`

const TAKE = `
    taken AS (
      UPDATE runs r SET state = 'running', attempt = attempt + 1, fence = fence + 1, "claimedBy" = $1, "claimedAt" = now(),
        "claimId" = $3, "startedAt" = now(), "heartbeatAt" = now(), "leaseExpiresAt" = now() + $2::float8 * interval '1 second',
        progress = 0, "progressMessage" = NULL, "nextLogOffset" = 0, "logFinalOffset" = NULL, "updatedAt" = now(),
        "folderName" = coalesce("folderName", to_char(now()::timestamptz(3) AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || r.id)
      FROM fitting WHERE r.id = fitting.id AND r.state = 'queued' RETURNING ${runColumns('r')}
    ), events AS (
      INSERT INTO run_events ("runId", type, actor, data)
      SELECT id, 'run.started', $1, jsonb_build_object('workerId', "claimedBy", 'fence', fence, 'attempt', attempt) FROM taken
    )`

const heldBy = (projectId: string) => `
    held AS MATERIALIZED (
      SELECT ${runColumns('runs')} FROM runs
      WHERE state = 'running' AND "claimId" = $3 AND "claimedBy" = $1 AND coalesce("projectId", '') = ${projectId}
        AND "leaseExpiresAt" IS NOT NULL
    )`

function answer(isOneKind: boolean, isNamed: boolean): string {
  const taken = isNamed ? '(SELECT * FROM held UNION ALL SELECT * FROM taken)' : 'taken'
  // In one kind what is skipped is being taken by others; there is no other lane to look into.
  if (isOneKind) return `SELECT * FROM ${taken} t`
  return `SELECT t.* FROM (SELECT 1) one LEFT JOIN ${taken} t ON true WHERE t.id IS NOT NULL OR EXISTS (SELECT 1 FROM seen)`
}

const lockNumber = (text: string) => createHash('sha256').update(text).digest().readBigInt64BE(0)

// RETURNING has no order.
function inOrder(rows: Record<string, unknown>[]): Run[] {
  return rows
    .map((row) => toRun(row))
    .sort((a, b) => b.priority - a.priority || compare(a.runAt, b.runAt) || compare(a.id, b.id))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
