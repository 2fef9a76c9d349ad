import type { Lapsed, RunStore } from '../../ports/run-store.ts'
import type { RunEvent } from '../../run/event.ts'
import type { Run } from '../../run/run.ts'
import type { RunBrief } from '../../run/run-brief.ts'
import { beatRuns } from './beat.ts'
import { claimRuns, hasDueRuns } from './claim.ts'
import type { Pool } from './connect.ts'
import { countByState } from './count-by-state.ts'
import { insertRuns } from './insert.ts'
import { countRuns, listRuns } from './list.ts'
import { moveRuns } from './move.ts'
import { DEADLINE, LAPSED } from './move-statement.ts'
import { readDurations, readOutcomes } from './outcomes.ts'
import { query } from './query.ts'
import { runColumns, runColumnsBriefly, toRun } from './run-row.ts'
import { scriptRegistry } from './scripts.ts'
import { readStats, rollUpStats } from './stats.ts'

/** The runs of a Postgres database. */
export function postgresRunStore(pool: Pool): RunStore {
  const scripts = scriptRegistry(pool)
  return {
    insert: (runs) => insertRuns(pool, scripts, runs),
    claim: (request) => claimRuns(pool, request),
    hasDue: (filter) => hasDueRuns(pool, filter),
    beat: (beats) => beatRuns(pool, beats),
    move: async (moves) => (await moveRuns(pool, moves, 'whole')).map((row) => row && toRun<Run>(row)),
    moveBriefly: async (moves) =>
      (await moveRuns(pool, moves, 'brief')).map((row) => row && toRun<RunBrief>(row)),
    get: (ids, options) => getRuns(pool, ids, options),
    list: (filter) => listRuns(pool, filter),
    count: (filter, most) => countRuns(pool, filter, most),
    countByState: (filter, most) => countByState(pool, filter, most),
    events: (after, limit) => readEvents(pool, after, limit),
    lapsed: (limit) => findLapsed(pool, limit),
    rollUp: (limit) => rollUpStats(pool, limit),
    stats: (filter) => readStats(pool, filter),
    outcomes: (filter) => readOutcomes(pool, filter),
    durations: (asked) => readDurations(pool, asked),
  }
}

async function getRuns(pool: Pool, ids: string[], options?: { isBrief: boolean }): Promise<(Run | null)[]> {
  const columns = options?.isBrief ? runColumnsBriefly('runs') : runColumns('runs')
  const rows = await query(pool, `SELECT ${columns} FROM runs WHERE id = ANY($1::text[])`, [ids])
  const found = new Map(rows.map((row) => [row.id as string, toRun<Run>(row)]))
  return ids.map((id) => found.get(id) ?? null)
}

async function readEvents(
  pool: Pool,
  after: { runId: string; id: number }[],
  limit: number,
): Promise<RunEvent[]> {
  const rows = await query(pool, EVENTS, [JSON.stringify(after), limit])
  return rows as unknown as RunEvent[]
}

const EVENTS = `
  SELECT e.id, e."runId", e.type, e.actor, e.at, e.data
  FROM jsonb_to_recordset($1::jsonb) AS x("runId" text, id bigint)
  JOIN run_events e ON e."runId" = x."runId" AND e.id > x.id
  ORDER BY e.id LIMIT $2`

async function findLapsed(pool: Pool, limit: number): Promise<Lapsed[]> {
  const rows = await query(pool, FIND_LAPSED, [limit])
  return rows.map(({ lost, ...row }) => ({ run: toRun(row), why: lost ? 'lost' : 'timeout' }))
}

const FIND_LAPSED = `
  SELECT ${runColumns('r')}, coalesce(r."leaseExpiresAt" < now(), false) AS lost FROM runs r
  WHERE r.state = 'running' AND (${LAPSED})
  ORDER BY least(r."leaseExpiresAt", ${DEADLINE}) LIMIT $1`
