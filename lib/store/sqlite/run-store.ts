import type { DatabaseSync } from 'node:sqlite'
import type { RunStore } from '../../ports/run-store.ts'
import { toRunBrief } from '../../run/run-brief.ts'
import { beatRun } from './beat.ts'
import { claimRuns } from './claim.ts'
import type { Connection } from './connection.ts'
import { findDue } from './due.ts'
import { listEvents } from './events.ts'
import { getRuns } from './get.ts'
import { insertRun } from './insert.ts'
import { listLapsed } from './lapsed.ts'
import { countByState, countRuns, listRuns } from './list.ts'
import { moveRun } from './move.ts'
import { addDurationBucket, readDurations, readOutcomes, readStats } from './stats.ts'

/** Runs in SQLite. Bodies are synchronous: callers in one process take turns, other processes wait at the file's lock. */
export function createRunStore(db: Connection, database: DatabaseSync): RunStore {
  addDurationBucket(database)
  return {
    insert: async (runs) => db.write((now) => runs.map((run) => insertRun(db, run, now))),
    claim: async (request) => db.write((now) => claimRuns(db, request, now)),
    hasDue: async (filter) => db.read(() => findDue(db, filter, 1, db.now()).length > 0),
    beat: async (beats) => db.write((now) => beats.map((beat) => beatRun(db, beat, now))),
    move: async (moves) => db.write((now) => moves.map((move) => moveRun(db, move, now))),
    moveBriefly: async (moves) =>
      db.write((now) =>
        moves.map((move) => {
          const run = moveRun(db, move, now)
          return run && toRunBrief(run)
        }),
      ),
    get: async (ids, { isBrief } = { isBrief: false }) => {
      const runs = db.read(() => getRuns(db, ids))
      return isBrief ? runs.map((run) => run && { ...run, input: null }) : runs
    },
    list: async (filter) => db.read(() => listRuns(db, filter)),
    count: async (filter, most) => db.read(() => countRuns(db, filter, most)),
    countByState: async (filter, most) => db.read(() => countByState(db, filter, most)),
    events: async (after, limit) => db.read(() => listEvents(db, after, limit)),
    lapsed: async (limit) => db.read(() => listLapsed(db, limit, db.now())),
    // Statistics are counted when they are asked for.
    rollUp: async () => ({ applied: 0, more: false }),
    stats: async (filter) => db.snapshot((now) => readStats(db, filter, now)),
    outcomes: async (filter) => db.read(() => readOutcomes(db, filter)),
    durations: async (asked) => db.read(() => readDurations(db, asked)),
  }
}
