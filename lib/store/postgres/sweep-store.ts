import type { SweepStore } from '../../ports/sweep-store.ts'
import { SWEEP_GONE, type Sweep } from '../../run/sweep.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { countStale, endStale, findStale } from './stale.ts'

/** The passes of maintenance over a Postgres database. */
export function postgresSweepStore(pool: Pool): SweepStore {
  const all = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as Sweep[]
  const first = async (text: string, values: unknown[]) => (await all(text, values))[0] ?? null
  return {
    async begin({ id, kind, dryRun, policy, requestedBy, requestId, cronExecutionId, leaseSeconds }) {
      const given = [id, kind, dryRun, JSON.stringify(policy), requestedBy, requestId, cronExecutionId]
      return (await first(BEGIN, [...given, leaseSeconds])) as Sweep
    },
    end(id, { status, plan, counts, bytes, errors, cursor }) {
      const [told, did, wrong] = [plan, counts, errors].map((value) => JSON.stringify(value))
      return first(END, [
        id,
        status,
        told,
        did,
        bytes,
        wrong,
        cursor === null ? null : JSON.stringify(cursor),
      ])
    },
    async note(id, cursor) {
      await query(pool, NOTE, [id, JSON.stringify(cursor)])
    },
    endGone: (kind) => all(END_GONE, [kind ?? null]),
    get: (id) => first(GET, [id]),
    lastCompleted: (kind) => first(LAST_COMPLETED, [kind]),
    list: ({ kind, status, after, limit }) => all(LIST, [kind ?? null, after ?? null, limit, status ?? null]),
    findStale: (search) => findStale(pool, search),
    endStale: (batch) => endStale(pool, batch),
    countStale: (limits) => countStale(pool, limits),
  }
}

/** Whether its process has gone before it ended. */
export const IS_GONE = `(status = 'running' AND "leaseExpiresAt" < now())`
const ALSO_GONE = `errors || '${JSON.stringify([{ item: null, message: SWEEP_GONE }])}'`
const msSinceStart = (time: string) => `round(extract(epoch FROM ${time} - "startedAt") * 1000)`
const ifGone = (value: string, column: string) =>
  `CASE WHEN ${IS_GONE} THEN ${value} ELSE "${column}" END AS "${column}"`
/** One that is gone reads the same before and after it is ended. */
export const SWEEP_COLUMNS = [
  'id, kind',
  ifGone(`'failed'`, 'status'),
  '"dryRun", policy, plan, counts, bytes',
  ifGone(ALSO_GONE, 'errors'),
  `(cursor IS NOT NULL AND status <> 'running') OR status = 'failed' OR ${IS_GONE} AS more`,
  '"startedAt"',
  ifGone('"leaseExpiresAt"', 'completedAt'),
  ifGone(`${msSinceStart('"leaseExpiresAt"')}::int`, 'durationMs'),
  '"requestedBy", "requestId", "cronExecutionId", approval',
].join(', ')

const BEGIN = `
  INSERT INTO sweeps (id, kind, status, "dryRun", policy, "requestedBy", "requestId", "cronExecutionId", "leaseExpiresAt")
  VALUES ($1, $2, 'running', $3, $4::jsonb, $5, $6, $7, now() + $8::float8 * interval '1 second') RETURNING ${SWEEP_COLUMNS}`
const NOTE = `UPDATE sweeps SET cursor = $2::jsonb WHERE id = $1 AND "completedAt" IS NULL`
const END = `
  UPDATE sweeps SET status = $2, plan = $3::jsonb, counts = $4::jsonb, bytes = $5, errors = $6::jsonb, cursor = $7::jsonb,
    "completedAt" = now(), "durationMs" = ${msSinceStart('now()')}, "leaseExpiresAt" = NULL
  WHERE id = $1 AND "completedAt" IS NULL RETURNING ${SWEEP_COLUMNS}`
const END_GONE = `
  UPDATE sweeps SET status = 'failed', errors = ${ALSO_GONE}, "completedAt" = "leaseExpiresAt",
    "durationMs" = ${msSinceStart('"leaseExpiresAt"')}, "leaseExpiresAt" = NULL
  WHERE ${IS_GONE} AND ($1::text IS NULL OR kind = $1) RETURNING ${SWEEP_COLUMNS}`
const GET = `SELECT ${SWEEP_COLUMNS} FROM sweeps WHERE id = $1`
const LAST_COMPLETED = `
  SELECT ${SWEEP_COLUMNS} FROM sweeps WHERE kind = $1 AND status = 'completed' AND NOT "dryRun" ORDER BY kind, id DESC LIMIT 1`
const LIST = `
  SELECT ${SWEEP_COLUMNS} FROM sweeps WHERE ($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR id < $2)
    AND ($4::text IS NULL OR $4 = CASE WHEN ${IS_GONE} THEN 'failed' ELSE status END)
  ORDER BY id DESC LIMIT $3`
