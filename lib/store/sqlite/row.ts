import type { Json, Run } from '../../run/run.ts'
import { toRun } from '../../run/stored-run.ts'
import type { Row } from './connection.ts'

/** A run from its row. */
export function fromRow(row: Row): Run {
  return toRun({ ...row, input: row.input === null ? null : parse(row.input), labels: parse(row.labels) })
}

/** Labels as JSON that `json_each` reads back: a lone surrogate, which SQLite would mangle, becomes U+FFFD. */
export function labelsToJson(labels: Record<string, string>): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(labels).map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]),
    ),
  )
}

/** JSON in a text column. */
export function parse(column: Row[string] | undefined): Json {
  return JSON.parse(String(column))
}
