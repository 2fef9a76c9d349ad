import type { CountedRuns, RunFilter, RunStore, StateCount } from '../../ports/run-store.ts'
import { PUT_AWAY_STATES, type Run } from '../../run/run.ts'
import { RunState } from '../../run/transitions.ts'
import { type Clause, clause, isIn, join } from './clause.ts'
import type { Connection } from './connection.ts'
import { fromRow } from './row.ts'
import { toText } from './times.ts'

/** One page of runs. Each state asked for is read in index order and the pages merged: a rare state costs no walk. */
export function listRuns(db: Connection, filter: RunFilter): Run[] {
  const states = filter.state === undefined ? [undefined] : [...new Set(filter.state)]
  if (states.length === 0) return []
  const direction = filter.sort === 'createdAt:asc' ? 'ASC' : 'DESC'
  const order = `ORDER BY createdAt ${direction}, id ${direction} LIMIT ?`
  const { limit, skip = 0, isBrief = false } = filter
  const pages = states.map((state) => {
    const where = join([...toConditions(filter, state), ...placed(filter)], ' AND ')
    return clause(
      `SELECT * FROM (SELECT * FROM runs WHERE ${where.sql} ${order})`,
      ...where.params,
      limit + skip,
    )
  })
  const { sql, params } = join(pages, ' UNION ALL ')
  const rows = db.all(`${sql} ${order} OFFSET ?`, ...params, limit, skip)
  return rows.map((row) => fromRow(isBrief ? { ...row, input: null } : row))
}

/** `RunStore.count`. */
export function countRuns(db: Connection, { state, ...filter }: CountedRuns, most: number): number {
  const conditions = toConditions(filter, undefined)
  if (state !== undefined) conditions.push(isIn('state', state))
  return countOf(db, conditions, most)
}

/** `RunStore.countByState`. */
export function countByState(
  db: Connection,
  { q, ...filter }: Parameters<RunStore['countByState']>[0],
  most: number,
): StateCount[] {
  const named = q === undefined || q === '' ? [] : [startsWith(q)]
  return RunState.options.map((state) => {
    const count = countOf(db, [...toConditions(filter, state), ...named], most)
    return { state, count, more: count >= most }
  })
}

function countOf(db: Connection, conditions: Clause[], most: number): number {
  const { sql, params } = join(conditions, ' AND ')
  const [row] = db.all(
    `SELECT count(*) AS count FROM (SELECT 1 FROM runs WHERE ${sql} LIMIT ?)`,
    ...params,
    most,
  )
  return Number(row?.count)
}

/** What has a place in the order of the list, beside what it is. */
function placed({ q, after, sort }: RunFilter): Clause[] {
  return [
    ...(q !== undefined && q !== '' ? [startsWith(q)] : []),
    ...(after === undefined ? [] : [comesAfter(after, sort)]),
  ]
}

function toConditions(filter: CountedRuns, state: RunState | undefined): Clause[] {
  const { projectId, kind, scriptId, storageState, putAwayBy, label, since, before } = filter
  const where = [clause('true')]
  if (projectId !== undefined) where.push(clause('projectId IS ?', projectId))
  if (state !== undefined) where.push(clause('state = ?', state))
  if (kind !== undefined) where.push(clause('kind = ?', kind))
  if (scriptId !== undefined) where.push(clause('scriptId = ?', scriptId))
  if (storageState !== undefined) where.push(isIn('storageState', storageState))
  if (putAwayBy !== undefined) where.push(clause(IS_THEIRS, putAwayBy))
  if (label !== undefined) where.push(clause(HAS_LABEL, label.key, label.value))
  if (since !== undefined) where.push(clause('createdAt >= ?', toText(since)))
  if (before !== undefined) where.push(clause('createdAt < ?', toText(before)))
  return where
}

const IS_THEIRS = `(storageState NOT IN ('${PUT_AWAY_STATES.join("', '")}') OR createdBy = ?)`

// Not a path into the JSON: a key may hold quotes and dots.
const HAS_LABEL = `EXISTS (SELECT 1 FROM json_each(labels) AS label WHERE label.key = ? AND label.value = ?)`

/** A range, not LIKE, which would ignore case and end at a NUL. */
function startsWith(prefix: string): Clause {
  const end = `${prefix}\u{10FFFF}`
  const ranges = ['id', 'kind', 'name'].map((column) =>
    clause(`${column} >= ? AND ${column} < ?`, prefix, end),
  )
  const { sql, params } = join(ranges, ' OR ')
  return clause(`(${sql})`, ...params)
}

function comesAfter({ createdAt, id }: { createdAt: string; id: string }, sort: RunFilter['sort']): Clause {
  return clause(`(createdAt, id) ${sort === 'createdAt:asc' ? '>' : '<'} (?, ?)`, toText(createdAt), id)
}
