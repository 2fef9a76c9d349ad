import type { Move, RunPatch, StoreTime } from '../../ports/run-store.ts'
import type { Run } from '../../run/run.ts'
import { type Clause, clause, isIn, join } from './clause.ts'
import type { Connection } from './connection.ts'
import { addEvent } from './events.ts'
import { IS_LAPSED } from './lapsed.ts'
import { fromRow } from './row.ts'
import { toInstant } from './times.ts'

/** Makes one move with its events; null, and nothing done, where it may not be made. Inside a write transaction only. */
export function moveRun(db: Connection, move: Move, now: string): Run | null {
  const set = join(toAssignments(move.patch, now), ', ')
  const where = join(toConditions(move, now), ' AND ')
  const row = db.get(
    `UPDATE runs SET ${set.sql} WHERE ${where.sql} RETURNING *`,
    ...set.params,
    ...where.params,
  )
  if (row === undefined) return null
  for (const event of move.events) addEvent(db, { runId: move.id, actor: move.actor, at: now, ...event })
  return fromRow(row)
}

function toAssignments(patch: RunPatch, now: string): Clause[] {
  const isRequeued = patch.state === 'queued'
  const set = [clause('updatedAt = ?', now)]
  for (const column of PLAIN) {
    const value = patch[column]
    if (value !== undefined) set.push(clause(`${column} = ?`, value))
  }
  if (patch.labels !== undefined)
    set.push(clause('labels = json_patch(labels, ?)', JSON.stringify(patch.labels)))
  if (patch.runAt !== undefined) set.push(clause('runAt = ?', toInstant(patch.runAt, now)))
  if (patch.cancelRequestedAt !== undefined)
    set.push(
      clause('cancelRequestedAt = ?', patch.cancelRequestedAt && toInstant(patch.cancelRequestedAt, now)),
    )
  if (isRequeued || patch.finishedAt === null) set.push(clause('finishedAt = NULL'))
  else if (patch.finishedAt !== undefined) set.push(assignFinishedAt(patch.finishedAt, now))
  if (patch.state !== undefined && patch.state !== 'running')
    set.push(clause('leaseExpiresAt = NULL, claimId = NULL'))
  if (isRequeued || patch.startedAt === null)
    set.push(clause('claimedBy = NULL, claimedAt = NULL, startedAt = NULL, heartbeatAt = NULL, pid = NULL'))
  return set
}

/** The columns of a patch that are written as they are given. */
const PLAIN = [
  'state',
  'error',
  'errorCode',
  'outputRef',
  'attempt',
  'progress',
  'progressMessage',
  'exitCode',
  'memoryPeakBytes',
  'cpuSeconds',
  'logFinalOffset',
] as const satisfies readonly (keyof RunPatch)[]

/** Held between the start and now. */
function assignFinishedAt(time: StoreTime, now: string): Clause {
  return clause(`finishedAt = max(coalesce(startedAt, ''), min(?, ?))`, toInstant(time, now), now)
}

function toConditions({ id, from, guard = {} }: Move, now: string): Clause[] {
  const where = [clause('id = ?', id), isIn('state', from)]
  if (guard.fence !== undefined) where.push(clause('fence = ?', guard.fence))
  if (guard.leased) where.push(clause('leaseExpiresAt IS NOT NULL'))
  if (guard.unleased) where.push(clause('leaseExpiresAt IS NULL'))
  if (guard.lapsed) where.push(clause(IS_LAPSED, now, now))
  if (guard.cancelRequested !== undefined)
    where.push(clause(`cancelRequestedAt IS ${guard.cancelRequested ? 'NOT NULL' : 'NULL'}`))
  if (guard.errorCode !== undefined) where.push(clause('errorCode = ?', guard.errorCode))
  if (guard.storageState !== undefined) where.push(clause('storageState = ?', guard.storageState))
  if (guard.origin !== undefined) where.push(clause('origin = ?', guard.origin))
  if (guard.projectId !== undefined) where.push(clause('projectId = ?', guard.projectId))
  return where
}
