import type { ScriptStore } from '../../ports/script-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { LISTED_STORAGE_STATES, StorageState } from '../../run/run.ts'
import type { ScriptOverview } from '../../run/script.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { SCRIPT_COLUMNS } from './script-columns.ts'

/** `ScriptStore.overview`: the newest run of each by one probe of an index a branch, and counts from the rolled-up rows. */
export async function readOverview(
  pool: Pool,
  { projectId, since, after, limit }: Parameters<ScriptStore['overview']>[0],
): Promise<ScriptOverview[]> {
  const values = [projectId === undefined, projectId ?? null, since, limit, after ?? null, READ_BYTES]
  return (await query(pool, OVERVIEW, values)).map(toOverview)
}

/** More than one answer holds, also where the database writes it with more spaces: what is beyond is cut from it in any case. */
const READ_BYTES = 3 * LIMITS.answerBytes

function toOverview({ lastId, lastState, lastCreatedAt, lastStartedAt, lastFinishedAt, ...script }: Row) {
  const last = {
    id: lastId,
    state: lastState,
    createdAt: lastCreatedAt,
    startedAt: lastStartedAt,
    finishedAt: lastFinishedAt,
  }
  return { ...script, last: lastId === null ? null : last } as unknown as ScriptOverview
}

type Row = Record<string, unknown>

/** Each branch is answered by one index in its order: over what lists show, or over one kind of what is put away. */
const newestOf = (states: readonly StorageState[]) => `(
  SELECT r.id, r.state, r."createdAt", r."startedAt", r."finishedAt" FROM runs r
  WHERE r."scriptId" = s.id AND r."storageState" IN (${states.map((state) => `'${state}'`).join(', ')})
  ORDER BY r."createdAt" DESC, r.id DESC LIMIT 1
)`
const LISTED: ReadonlySet<StorageState> = new Set(LISTED_STORAGE_STATES)
const APART = StorageState.options.filter((state) => !LISTED.has(state))
const NEWEST = [LISTED_STORAGE_STATES, ...APART.map((state) => [state])].map(newestOf).join(' UNION ALL ')

/** By days, since by hours there would be almost as many rows as runs; what is not yet rolled up counts by its day, too. */
const ENDED = ['run_stats_daily', 'run_stats_pending']
  .map((table) => {
    const day = table === 'run_stats_daily' ? 'day' : 'hour'
    return `
      SELECT "projectId", kind, count FROM ${table}
      WHERE ${day} >= date_trunc('day', $3::timestamptz, 'UTC') AND ($1 OR "projectId" = coalesce($2, ''))`
  })
  .join(' UNION ALL ')

/** One text that no two scripts share; joined by two columns the planner takes a kind of many projects for one of few. */
const keyOf = (project: string, kind: string) => `coalesce(${project}, '') || E'\\n' || ${kind}`

const OVERVIEW = `
  WITH page AS MATERIALIZED (
    SELECT s.id, s.name, octet_length(s.options::text) AS bytes FROM scripts s
    WHERE ($1::boolean OR s."projectId" IS NOT DISTINCT FROM $2)
      AND ($5::int IS NULL OR (s.name, s.id) > (SELECT a.name, a.id FROM scripts a WHERE a.id = $5))
    ORDER BY s.name, s.id LIMIT $4
  ), fitting AS MATERIALIZED (
    SELECT id FROM (SELECT id, sum(bytes) OVER (ORDER BY name, id) - bytes AS before FROM page) p WHERE before < $6
  ), counted AS MATERIALIZED (
    SELECT ${keyOf('c."projectId"', 'c.kind')} AS key, sum(count) AS count FROM (
      ${ENDED}
      UNION ALL
      SELECT coalesce("projectId", ''), kind, 1 FROM runs
      WHERE state = 'running' AND ($1 OR "projectId" IS NOT DISTINCT FROM $2)
    ) c GROUP BY "projectId", kind
  )
  SELECT ${SCRIPT_COLUMNS}, coalesce(counted.count, 0)::int AS count, last.id AS "lastId", last.state AS "lastState",
    last."createdAt" AS "lastCreatedAt", last."startedAt" AS "lastStartedAt", last."finishedAt" AS "lastFinishedAt"
  FROM fitting JOIN scripts s ON s.id = fitting.id
  LEFT JOIN counted ON counted.key = ${keyOf('s."projectId"', 's.name')}
  LEFT JOIN LATERAL (SELECT * FROM (${NEWEST}) n ORDER BY "createdAt" DESC, id DESC LIMIT 1) last ON true
  ORDER BY s.name, s.id`
