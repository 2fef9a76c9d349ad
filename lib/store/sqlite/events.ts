import type { EventType, RunEvent } from '../../run/event.ts'
import type { Connection } from './connection.ts'
import { parse } from './row.ts'

/** Events of several runs after the ids they were read up to, oldest first, `limit` of them in all. */
export function listEvents(
  db: Connection,
  after: { runId: string; id: number }[],
  limit: number,
): RunEvent[] {
  return db
    .all(AFTER, JSON.stringify(after), limit)
    .map((row) => ({ ...row, data: parse(row.data) }) as unknown as RunEvent)
}

/** Adds one line to a run's history. */
export function addEvent(
  db: Connection,
  event: { runId: string; type: EventType; actor: string; at: string; data: Record<string, unknown> },
): void {
  db.run(ADD, event.runId, event.type, event.actor, event.at, JSON.stringify(event.data))
}

// CROSS JOIN keeps the order: the list first, then the index.
const AFTER = `
  SELECT event.* FROM json_each(?) AS asked CROSS JOIN run_events AS event
  ON event.runId = asked.value ->> 'runId' AND event.id > asked.value ->> 'id'
  ORDER BY event.id LIMIT ?`

const ADD = `INSERT INTO run_events (runId, type, actor, at, data) VALUES (?, ?, ?, ?, ?)`
