import type { Lapsed } from '../../ports/run-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Connection } from './connection.ts'
import { fromRow } from './row.ts'

/** Running runs whose lease or timeout has passed, the one that passed longest ago first. */
export function listLapsed(db: Connection, limit: number, now: string): Lapsed[] {
  return db.all(LIST, now, now, limit).map((row) => {
    const run = fromRow(row)
    return { run, why: run.leaseExpiresAt !== null && run.leaseExpiresAt < now ? 'lost' : 'timeout' }
  })
}

/** When the ledger ends a run for its timeout; null without one. */
const DEADLINE = `strftime('%Y-%m-%dT%H:%M:%fZ', startedAt,
  (timeoutSeconds + ${LIMITS.timeoutGraceSeconds}) || ' seconds')`

/** A condition on `runs`; both its parameters are now. */
export const IS_LAPSED = `state = 'running' AND (leaseExpiresAt < ? OR ${DEADLINE} < ?)`

const LIST = `
  SELECT * FROM runs WHERE ${IS_LAPSED}
  ORDER BY min(coalesce(leaseExpiresAt, ${DEADLINE}), coalesce(${DEADLINE}, leaseExpiresAt)), id LIMIT ?`
