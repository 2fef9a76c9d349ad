import { sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { RunFilter, RunStore, StateCount } from '../../ports/run-store.ts'
import { LISTED_STORAGE_STATES, StorageState } from '../../run/run.ts'
import { RunState } from '../../run/transitions.ts'
import type { Pool } from './connect.ts'
import { branchesOf } from './list.ts'
import { queryUnnamed } from './query.ts'

const dialect = new PgDialect()
const COLUMNS = sql`runs."createdAt", runs.id, runs.state`

/**
 * `RunStore.countByState`. Each state of what lists show has an index of its own, but not within a project, a kind, or what is put away:
 * whoever asks for those is told of the newest, since to look for the failed ones of a kind that never fails is to read all of it.
 */
export async function countByState(
  pool: Pool,
  filter: Parameters<RunStore['countByState']>[0],
  most: number,
): Promise<StateCount[]> {
  const { kind, label, q, scriptId, projectId, storageState: places = StorageState.options } = filter
  const isIndexed =
    [kind, label, q, scriptId, projectId].every((one) => one === undefined) &&
    places.every((place) => LISTED.has(place))
  if (isIndexed) {
    const counts = await countOf(
      pool,
      RunState.options.map((state) => ({ ...filter, state: [state], ...newest(most) })),
    )
    return counts.map(({ state, count }) => ({ state, count: Math.min(count, most), more: count >= most }))
  }
  const counts = await countOf(pool, [{ ...filter, ...newest(SHARE * most) }])
  const more = counts.reduce((sum, { count }) => sum + count, 0) >= SHARE * most
  return counts.map((one) => ({ ...one, more }))
}

const LISTED: ReadonlySet<StorageState> = new Set(LISTED_STORAGE_STATES)
const SHARE = RunState.options.length
const newest = (limit: number) => ({ sort: 'createdAt:desc', limit }) as const

async function countOf(pool: Pool, filters: RunFilter[]): Promise<{ state: RunState; count: number }[]> {
  const found = filters.flatMap((one) => branchesOf(one, COLUMNS))
  const { sql: text, params } = dialect.sqlToQuery(
    sql`SELECT state, count(DISTINCT id)::int AS count FROM (${sql.join(found, sql` UNION ALL `)}) found GROUP BY state`,
  )
  const rows = await queryUnnamed(pool, text, params)
  const counts = new Map(rows.map(({ state, count }) => [state, Number(count)]))
  return RunState.options.map((state) => ({ state, count: counts.get(state) ?? 0 }))
}
