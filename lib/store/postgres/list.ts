import { and, asc, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { RunFilter } from '../../ports/run-store.ts'
import { LISTED_STORAGE_STATES, type Run, StorageState } from '../../run/run.ts'
import type { Pool } from './connect.ts'
import { queryUnnamed } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import { runs, scripts } from './schema.ts'

const dialect = new PgDialect()
const COLUMNS = sql.raw(runColumns('runs'))

/**
 * `RunStore.list`: keyset by `(createdAt, id)`. A list is a merge of branches, each of which one index answers, in order or
 * with little left to sort: no filter reads the whole table, not even one that matches nothing. Of two that exclude each other
 * (a kind that never fails, and failed) it reads all that match the rarer. Unnamed, since its text has as many forms as
 * filters combine.
 */
export async function listRuns(pool: Pool, filter: RunFilter): Promise<Run[]> {
  const branches = storageBranches(filter.storageState).flatMap((storage) =>
    filter.q === undefined ? [branch(filter, [storage])] : prefixBranches(filter, filter.q, storage),
  )
  const merged = sql`SELECT DISTINCT ON ("createdAt", id) * FROM (${sql.join(branches, sql` UNION ALL `)}) u
    ${page(filter, [])}`
  const { sql: text, params } = dialect.sqlToQuery(
    branches.length === 1 && branches[0] ? branches[0] : merged,
  )
  return (await queryUnnamed(pool, text, params)).map((row) => toRun(row))
}

/** Where to look: among what listings show, all at once, and among each kind of what is put away. So are the indexes. */
function storageBranches(states: readonly StorageState[] = StorageState.options): SQL[] {
  const shown = states.includes('active') ? states.filter((state) => LISTED.has(state)) : []
  const apart = states.filter((state) => !shown.includes(state))
  // Literals: of a parameter the planner cannot tell that a partial index serves it.
  const isOneOf = (some: StorageState[]) =>
    sql`${runs.storageState} IN (${sql.raw(some.map((state) => `'${state}'`).join(', '))})`
  return [...(shown.length > 0 ? [isOneOf(shown)] : []), ...apart.map((state) => isOneOf([state]))]
}

const LISTED: ReadonlySet<StorageState> = new Set(LISTED_STORAGE_STATES)

/** Prefixes of id, kind and name are three questions: one over all would read every run. */
function prefixBranches(filter: RunFilter, q: string, storage: SQL): SQL[] {
  const prefix = `${q.replaceAll(/[\\%_]/g, '\\$&')}%`
  const kinds = sql`(SELECT DISTINCT name FROM ${scripts} WHERE starts_with(name, ${q})) k`
  const ofKind = branch(filter, [storage, sql`${runs.kind} = k.name`])
  return [
    branch(filter, [storage, sql`${runs.id} LIKE ${prefix}`]),
    branch(filter, [storage, sql`${runs.name} LIKE ${prefix}`]),
    sql`(SELECT r.* FROM ${kinds} CROSS JOIN LATERAL ${ofKind} r ${page(filter, [])})`,
  ]
}

function branch(filter: RunFilter, where: SQL[]): SQL {
  // All alike, but to the planner IS NULL is no constant, and without it in the order the index is not used for it.
  const isNewestFirst = filter.sort === 'createdAt:desc'
  const project = isNewestFirst ? asc(runs.projectId) : desc(runs.projectId)
  const first = filter.projectId === null ? [project] : []
  return sql`(SELECT ${COLUMNS} FROM ${runs} WHERE ${and(...where, ...conditions(filter))} ${page(filter, first)})`
}

function page({ sort, limit }: RunFilter, first: SQL[]): SQL {
  const direction = sort === 'createdAt:desc' ? sql`DESC` : sql`ASC`
  const order = [...first, sql`"createdAt" ${direction}`, sql`id ${direction}`]
  return sql`ORDER BY ${sql.join(order, sql`, `)} LIMIT ${limit}`
}

function conditions(filter: RunFilter): (SQL | undefined)[] {
  const { projectId, state, kind, label, since, before, after, sort } = filter
  const compare = sort === 'createdAt:desc' ? sql`<` : sql`>`
  return [
    projectId === undefined
      ? undefined
      : projectId === null
        ? isNull(runs.projectId)
        : eq(runs.projectId, projectId),
    state && (state.length === 1 && state[0] ? eq(runs.state, state[0]) : inArray(runs.state, state)),
    kind === undefined ? undefined : eq(runs.kind, kind),
    label &&
      sql`${runs.labels} @> ${JSON.stringify({ [label.key]: label.value })}::jsonb AND ${runs.labels} <> '{}'`,
    since === undefined ? undefined : gte(runs.createdAt, since),
    before === undefined ? undefined : lt(runs.createdAt, before),
    after && sql`(${runs.createdAt}, ${runs.id}) ${compare} (${after.createdAt}::timestamptz, ${after.id})`,
  ]
}
