import type { Param } from './connection.ts'

/** A piece of SQL with its parameters, where a statement depends on what was asked. */
export interface Clause {
  sql: string
  params: Param[]
}

export function clause(sql: string, ...params: Param[]): Clause {
  return { sql, params }
}

/** `column IN (…)`; never true for an empty list. */
export function isIn(column: string, values: readonly Param[]): Clause {
  return clause(`${column} IN (${values.map(() => '?').join(', ')})`, ...values)
}

export function join(clauses: Clause[], separator: string): Clause {
  return clause(clauses.map(({ sql }) => sql).join(separator), ...clauses.flatMap(({ params }) => params))
}
