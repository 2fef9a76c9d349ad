import type { QueueFilter } from '../../ports/run-store.ts'
import type { Connection } from './connection.ts'

/**
 * Ids of up to `limit` due runs in claim order: highest priority first, then `runAt`, then id. One short walk of the
 * index per priority and kind, because sorting the whole backlog of a queue would take longer than the claim.
 */
export function findDue(db: Connection, filter: QueueFilter, limit: number, now: string): string[] {
  const kinds = filter.kinds === undefined ? waitingKinds(db, filter.projectId) : [...new Set(filter.kinds)]
  const found: string[] = []
  for (const priority of [3, 2, 1, 0]) {
    const room = limit - found.length
    if (room <= 0) break
    const due = kinds.flatMap(
      (kind) => db.all(PROBE, filter.projectId, kind, priority, now, room) as unknown as Due[],
    )
    if (kinds.length > 1) due.sort((a, b) => compare(a.runAt, b.runAt) || compare(a.id, b.id))
    found.push(...due.slice(0, room).map(({ id }) => id))
  }
  return found
}

interface Due {
  id: string
  runAt: string
}

/** By code unit, as SQLite compares; ids and times are ASCII. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The kinds in a queue, by jumping from one to the next in the index. */
function waitingKinds(db: Connection, projectId: string | null): string[] {
  return db.all(KINDS, projectId, projectId).map(({ kind }) => String(kind))
}

const PROBE = `
  SELECT id, runAt FROM runs
  WHERE state = 'queued' AND projectId IS ? AND kind = ? AND priority = ? AND runAt <= ?
  ORDER BY runAt, id LIMIT ?`

const KINDS = `
  WITH RECURSIVE waiting(kind) AS (
    SELECT min(kind) FROM runs WHERE state = 'queued' AND projectId IS ?
    UNION ALL
    SELECT (SELECT min(kind) FROM runs WHERE state = 'queued' AND projectId IS ? AND kind > waiting.kind)
    FROM waiting WHERE waiting.kind IS NOT NULL
  )
  SELECT kind FROM waiting WHERE kind IS NOT NULL`
