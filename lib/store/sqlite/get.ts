import type { Run } from '../../run/run.ts'
import type { Connection } from './connection.ts'
import { fromRow } from './row.ts'

/** The runs with these ids, in the order asked; null where there is none. */
export function getRuns(db: Connection, ids: string[]): (Run | null)[] {
  const rows = db.all(`SELECT * FROM runs WHERE id IN (SELECT value FROM json_each(?))`, JSON.stringify(ids))
  const runs = new Map(rows.map((row) => [row.id, fromRow(row)]))
  return ids.map((id) => runs.get(id) ?? null)
}
