import { and, asc, desc, eq, gte, inArray, isNull, lt, type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { CountedRuns, RunFilter } from '../../ports/run-store.ts'
import { LISTED_STORAGE_STATES, PUT_AWAY_STATES, type Run, StorageState } from '../../run/run.ts'
import type { Pool } from './connect.ts'
import { queryUnnamed } from './query.ts'
import { runColumns, runColumnsBriefly, toRun } from './run-row.ts'
import { runs, scripts } from './schema.ts'

const dialect = new PgDialect()
const COLUMNS = sql.raw(runColumns('runs'))
const BRIEFLY = sql.raw(runColumnsBriefly('runs'))

/**
 * `RunStore.list`: keyset by `(createdAt, id)`. A list is a merge of branches, each of which one index answers, in order or
 * with little left to sort: no filter reads the whole table, not even one that matches nothing. Of a state that nothing of a project
 * or a kind is in (a kind that never fails, and failed) it reads the index alone; of two others that exclude each other all that match
 * the rarer. Unnamed, since its text has as many forms as filters combine.
 */
export async function listRuns(pool: Pool, filter: RunFilter): Promise<Run[]> {
  const { skip = 0, limit } = filter
  const branches = branchesOf(filter, filter.isBrief ? BRIEFLY : COLUMNS)
  // What is passed over may be in any of them.
  const all =
    branches.length === 1 && skip === 0 && branches[0]
      ? branches[0]
      : sql`SELECT DISTINCT ON ("createdAt", id) * FROM (${sql.join(branches, sql` UNION ALL `)}) u
          ${order(filter, [])} LIMIT ${limit} OFFSET ${skip}`
  const { sql: text, params } = dialect.sqlToQuery(all)
  return (await queryUnnamed(pool, text, params))
    .map((row) => toRun(row))
    .filter((run) => isAsked(run, filter))
}

/**
 * A script's number says its project and kind. Where the database was put back in time below a process that remembers numbers, one may
 * have been given twice: what is another project's is not shown.
 */
const isAsked = (run: Run, { projectId, kind }: RunFilter) =>
  (projectId === undefined || run.projectId === projectId) && (kind === undefined || run.kind === kind)

/** The merged parts of a list, with these columns of each run. */
export function branchesOf(filter: RunFilter, columns: SQL): SQL[] {
  return storageBranches(filter).flatMap((storage) =>
    filter.q === undefined
      ? [branch(filter, [storage], columns)]
      : prefixBranches(filter, filter.q, { storage, columns }),
  )
}

/** `RunStore.count`. */
export async function countRuns(pool: Pool, filter: CountedRuns, most: number): Promise<number> {
  const ids = storageBranches(filter).map(
    (storage) => sql`(SELECT 1 FROM ${runs} WHERE ${and(storage, ...conditions(filter))} LIMIT ${most})`,
  )
  const { sql: text, params } = dialect.sqlToQuery(
    sql`SELECT count(*)::int AS count FROM (SELECT 1 FROM (${sql.join(ids, sql` UNION ALL `)}) a LIMIT ${most}) b`,
  )
  return Number((await queryUnnamed(pool, text, params))[0]?.count)
}

/** Where to look: among what listings show, all at once, and among each kind of what is put away. So are the indexes. */
function storageBranches({ storageState: states = StorageState.options, putAwayBy }: CountedRuns): SQL[] {
  const shown = states.includes('active') ? states.filter((state) => LISTED.has(state)) : []
  const apart = states.filter((state) => !shown.includes(state))
  // Literals: of a parameter the planner cannot tell that a partial index serves it.
  const isOneOf = (some: StorageState[]) =>
    sql`${runs.storageState} IN (${sql.raw(some.map((state) => `'${state}'`).join(', '))})`
  const isTheirs = (state: StorageState) =>
    putAwayBy !== undefined && PUT_AWAY.has(state) ? sql` AND ${eq(runs.createdBy, putAwayBy)}` : sql``
  return [
    ...(shown.length > 0 ? [isOneOf(shown)] : []),
    ...apart.map((state) => sql`${isOneOf([state])}${isTheirs(state)}`),
  ]
}

const LISTED: ReadonlySet<StorageState> = new Set(LISTED_STORAGE_STATES)
const PUT_AWAY: ReadonlySet<StorageState> = new Set(PUT_AWAY_STATES)

/** Prefixes of id, kind and name are three questions: one over all would read every run. */
function prefixBranches(
  filter: RunFilter,
  q: string,
  { storage, columns }: { storage: SQL; columns: SQL },
): SQL[] {
  const prefix = `${q.replaceAll(/[\\%_]/g, '\\$&')}%`
  const { kinds, ofKind } = kindsBranch(filter, q, { storage, columns })
  return [
    branch(filter, [storage, sql`${runs.id} LIKE ${prefix}`], columns),
    branch(filter, [storage, sql`${runs.name} LIKE ${prefix}`], columns),
    sql`(SELECT r.* FROM ${kinds} CROSS JOIN LATERAL ${ofKind} r ${page(filter, [])})`,
  ]
}

/** The kinds of this name, and the runs of one of them; within a project by their numbers, since others may have more of the kind. */
function kindsBranch(
  { projectId, ...filter }: RunFilter,
  q: string,
  { storage, columns }: { storage: SQL; columns: SQL },
): { kinds: SQL; ofKind: SQL } {
  const named = sql`starts_with(name, ${q})`
  if (projectId === undefined)
    return {
      kinds: sql`(SELECT DISTINCT name FROM ${scripts} WHERE ${named}) k`,
      ofKind: branch(filter, [storage, sql`${runs.kind} = k.name`], columns),
    }
  return {
    kinds: sql`(SELECT id FROM ${scripts} WHERE ${isOf(projectId)} AND ${named}) k`,
    ofKind: branch(filter, [storage, sql`${runs.scriptId} = k.id`], columns),
  }
}

function branch(filter: RunFilter, where: SQL[], columns: SQL): SQL {
  // All alike, but to the planner IS NULL is no constant, and without it in the order the index is not used for it.
  const isNewestFirst = filter.sort === 'createdAt:desc'
  const project = isNewestFirst ? asc(runs.projectId) : desc(runs.projectId)
  const first = filter.projectId === null && filter.kind === undefined ? [project] : []
  return sql`(SELECT ${columns} FROM ${runs} WHERE ${and(...where, ...conditions(filter), comesAfter(filter))} ${page(filter, first)})`
}

function page(filter: RunFilter, first: SQL[]): SQL {
  return sql`${order(filter, first)} LIMIT ${filter.limit + (filter.skip ?? 0)}`
}

function order({ sort }: RunFilter, first: SQL[]): SQL {
  const direction = sort === 'createdAt:desc' ? sql`DESC` : sql`ASC`
  return sql`ORDER BY ${sql.join([...first, sql`"createdAt" ${direction}`, sql`id ${direction}`], sql`, `)}`
}

function comesAfter({ after, sort }: RunFilter): SQL | undefined {
  const compare = sort === 'createdAt:desc' ? sql`<` : sql`>`
  return (
    after && sql`(${runs.createdAt}, ${runs.id}) ${compare} (${after.createdAt}::timestamptz, ${after.id})`
  )
}

function conditions(filter: CountedRuns): (SQL | undefined)[] {
  const { state, scriptId, label, since, before } = filter
  return [
    ...ofProjectAndKind(filter),
    state && (state.length === 1 && state[0] ? eq(runs.state, state[0]) : inArray(runs.state, state)),
    scriptId === undefined ? undefined : eq(runs.scriptId, scriptId),
    label &&
      sql`${runs.labels} @> ${JSON.stringify({ [label.key]: label.value })}::jsonb AND ${runs.labels} <> '{}'`,
    since === undefined ? undefined : gte(runs.createdAt, since),
    before === undefined ? undefined : lt(runs.createdAt, before),
  ]
}

/**
 * A kind in a project is a script, whose number says both: with either named besides, the planner takes what is left for few, and reads
 * all of it.
 */
function ofProjectAndKind({ projectId, kind }: CountedRuns): SQL[] {
  if (projectId !== undefined && kind !== undefined)
    return [sql`${runs.scriptId} = (SELECT id FROM ${scripts} WHERE ${isOf(projectId)} AND name = ${kind})`]
  if (kind !== undefined) return [eq(runs.kind, kind)]
  if (projectId === undefined) return []
  return [projectId === null ? isNull(runs.projectId) : eq(runs.projectId, projectId)]
}

/** Whether a script is of this project, as its index has it. */
const isOf = (projectId: string | null) => sql`coalesce(${scripts.projectId}, '') = ${projectId ?? ''}`
