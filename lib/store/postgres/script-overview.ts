import type { ScriptStore } from '../../ports/script-store.ts'
import type { ScriptOverview } from '../../run/script.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { SCRIPT_COLUMNS } from './script-columns.ts'

/** `ScriptStore.overview`: the newest run of each by one probe of an index a branch, and counts from the rolled-up rows. */
export async function readOverview(
  pool: Pool,
  { projectId, since, limit }: Parameters<ScriptStore['overview']>[0],
): Promise<ScriptOverview[]> {
  const rows = await query(pool, OVERVIEW, [projectId === undefined, projectId ?? null, since, limit])
  return rows.map(toOverview)
}

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

/**
 * Each branch is answered by one index in its order: by kind or by project, over what lists show or over a state of what is put
 * away. A project is compared as it is: to the planner "not distinct from" is no condition on an index.
 */
const newestWhere = (project: string, storage: string) => `(
  SELECT r.id, r.state, r."createdAt", r."startedAt", r."finishedAt" FROM runs r
  WHERE r.kind = s.name AND ${project} AND r."storageState" ${storage}
  ORDER BY r."createdAt" DESC, r.id DESC LIMIT 1
)`
const PROJECTS = [
  's."projectId" IS NOT NULL AND r."projectId" = s."projectId"',
  's."projectId" IS NULL AND r."projectId" IS NULL',
]
const STORAGE = [
  `IN ('active', 'archiving', 'restoring')`,
  ...['archived', 'deleting', 'deleted'].map((state) => `= '${state}'`),
]
const NEWEST = PROJECTS.flatMap((project) => STORAGE.map((storage) => newestWhere(project, storage))).join(
  ' UNION ALL ',
)

const OVERVIEW = `
  WITH shown AS MATERIALIZED (
    SELECT ${SCRIPT_COLUMNS} FROM scripts s WHERE ($1::boolean OR s."projectId" IS NOT DISTINCT FROM $2)
    ORDER BY s.name, s.id LIMIT $4
  ), counted AS MATERIALIZED (
    SELECT "projectId", kind, sum(count) AS count FROM (
      SELECT "projectId", kind, count FROM run_stats_hourly
      WHERE hour >= date_trunc('hour', $3::timestamptz, 'UTC') AND ($1 OR "projectId" = coalesce($2, ''))
      UNION ALL
      SELECT "projectId", kind, count FROM run_stats_pending
      WHERE hour >= date_trunc('hour', $3::timestamptz, 'UTC') AND ($1 OR "projectId" = coalesce($2, ''))
      UNION ALL
      SELECT coalesce("projectId", ''), kind, 1 FROM runs
      WHERE state = 'running' AND ($1 OR "projectId" IS NOT DISTINCT FROM $2)
    ) c GROUP BY 1, 2
  )
  SELECT s.*, coalesce(counted.count, 0)::int AS count, last.id AS "lastId", last.state AS "lastState",
    last."createdAt" AS "lastCreatedAt", last."startedAt" AS "lastStartedAt", last."finishedAt" AS "lastFinishedAt"
  FROM shown s
  LEFT JOIN counted ON counted."projectId" = coalesce(s."projectId", '') AND counted.kind = s.name
  LEFT JOIN LATERAL (SELECT * FROM (${NEWEST}) n ORDER BY "createdAt" DESC, id DESC LIMIT 1) last ON true
  ORDER BY s.name, s.id`
