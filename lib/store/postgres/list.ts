import { and, asc, desc, eq, gte, inArray, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { RunFilter } from '../../ports/run-store.ts'
import type { Run } from '../../run/run.ts'
import type { Pool } from './connect.ts'
import { queryUnnamed } from './query.ts'
import { fromRow } from './row.ts'
import { runs } from './schema.ts'

const dialect = new PgDialect()

/** `RunStore.list`: keyset by `(createdAt, id)`. Unnamed, since its text has as many forms as filters combine. */
export async function listRuns(pool: Pool, filter: RunFilter): Promise<Run[]> {
  const newest = filter.sort === 'createdAt:desc'
  const order = newest ? [desc(runs.createdAt), desc(runs.id)] : [asc(runs.createdAt), asc(runs.id)]
  // All alike, but to the planner IS NULL is no constant, and without it in the order the index is not used for it.
  if (filter.projectId === null) order.unshift(newest ? asc(runs.projectId) : desc(runs.projectId))
  const statement = sql`SELECT * FROM ${runs} WHERE ${and(...conditions(filter)) ?? sql`true`}
    ORDER BY ${sql.join(order, sql`, `)} LIMIT ${filter.limit}`
  const { sql: text, params } = dialect.sqlToQuery(statement)
  return (await queryUnnamed(pool, text, params)).map(fromRow)
}

function conditions(filter: RunFilter): (SQL | undefined)[] {
  const { projectId, state, kind, storageState, label, since, before, q, after, sort } = filter
  const compare = sort === 'createdAt:desc' ? sql`<` : sql`>`
  return [
    projectId === undefined
      ? undefined
      : projectId === null
        ? isNull(runs.projectId)
        : eq(runs.projectId, projectId),
    state && (state.length === 1 && state[0] ? eq(runs.state, state[0]) : inArray(runs.state, state)),
    kind === undefined ? undefined : eq(runs.kind, kind),
    storageState && inArray(runs.storageState, [...storageState]),
    label && sql`${runs.labels} ->> ${label.key} = ${label.value}`,
    since === undefined ? undefined : gte(runs.createdAt, since),
    before === undefined ? undefined : lt(runs.createdAt, before),
    q === undefined
      ? undefined
      : or(...[runs.id, runs.kind, runs.name].map((column) => sql`starts_with(${column}, ${q})`)),
    after && sql`(${runs.createdAt}, ${runs.id}) ${compare} (${after.createdAt}::timestamptz, ${after.id})`,
  ]
}
