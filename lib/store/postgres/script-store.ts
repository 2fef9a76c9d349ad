import type { ScriptStore, StaleLimit } from '../../ports/script-store.ts'
import type { Script } from '../../run/script.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { SCRIPT_COLUMNS } from './script-columns.ts'
import { readOverview } from './script-overview.ts'

/** The registered kinds of a Postgres database. */
export function postgresScriptStore(pool: Pool): ScriptStore {
  const all = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as Script[]
  return {
    get: async (projectId, name) => (await all(GET, [projectId, name]))[0] ?? null,
    async put(projectId, name, patch) {
      const given = JSON.stringify(patch)
      return (await all(PUT, [projectId, name, given]))[0] as Script
    },
    list: ({ projectId, after, limit }) =>
      all(LIST, [projectId === undefined, projectId ?? null, after ?? null, limit]),
    staleLimits: async () => (await query(pool, STALE_LIMITS)) as unknown as StaleLimit[],
    overview: (filter) => readOverview(pool, filter),
  }
}

const SAME_PROJECT = `coalesce(s."projectId", '') = coalesce($1, '')`

const GET = `SELECT ${SCRIPT_COLUMNS} FROM scripts s WHERE ${SAME_PROJECT} AND s.name = $2`

/** What the patch names is set, to null too; the rest stays. */
const PUT = `
  INSERT INTO scripts AS s ("projectId", name, label, options, "staleAfterSeconds")
  VALUES ($1, $2, $3::jsonb ->> 'label', coalesce($3::jsonb -> 'options', '{}'), ($3::jsonb ->> 'staleAfterSeconds')::int)
  ON CONFLICT (coalesce("projectId", ''), name) DO UPDATE SET
    label = CASE WHEN $3::jsonb ? 'label' THEN excluded.label ELSE s.label END,
    options = CASE WHEN $3::jsonb ? 'options' THEN excluded.options ELSE s.options END,
    "staleAfterSeconds" =
      CASE WHEN $3::jsonb ? 'staleAfterSeconds' THEN excluded."staleAfterSeconds" ELSE s."staleAfterSeconds" END
  RETURNING ${SCRIPT_COLUMNS}`

const LIST = `
  SELECT ${SCRIPT_COLUMNS} FROM scripts s
  WHERE ($1::boolean OR s."projectId" IS NOT DISTINCT FROM $2) AND ($3::int IS NULL
    OR (coalesce(s."projectId", ''), s.name) > (SELECT coalesce(a."projectId", ''), a.name FROM scripts a WHERE a.id = $3))
  ORDER BY coalesce(s."projectId", ''), s.name LIMIT $4`

const STALE_LIMITS = `
  SELECT id, "projectId", name, "staleAfterSeconds" FROM scripts WHERE "staleAfterSeconds" IS NOT NULL ORDER BY id`
