import type { Beat, BeatAnswer } from '../../ports/run-store.ts'
import { LIMITS, PROGRESS_MILESTONE } from '../../run/limits.ts'
import type { Connection } from './connection.ts'
import { addEvent } from './events.ts'
import { plusMs } from './times.ts'

/**
 * Extends one lease and notes progress; null where the lease is not held. Soon after the last write nothing is written,
 * unless it is the first progress of the attempt. Inside a write transaction only.
 */
export function beatRun(db: Connection, beat: Beat, now: string): BeatAnswer | null {
  const held = db.get(READ, beat.id) as unknown as Held | undefined
  if (held === undefined || !isHeldBy(held, beat)) return null
  const cancelRequested = held.cancelRequestedAt !== null
  if (isTooSoon(held, beat, now)) return { leaseExpiresAt: held.leaseExpiresAt, cancelRequested }

  const at = beatTime(held, now)
  const leaseExpiresAt = plusMs(at, beat.leaseSeconds * 1_000)
  const message = beat.message ?? held.progressMessage
  db.run(WRITE, leaseExpiresAt, at, at, beat.progress ?? held.progress, message, beat.id)
  if (passesMilestone(held.progress, beat.progress)) {
    const data = { progress: beat.progress, message }
    addEvent(db, { runId: beat.id, type: 'run.progress', actor: beat.actor, at, data })
  }
  return { leaseExpiresAt, cancelRequested }
}

interface Held {
  projectId: string | null
  fence: number
  leaseExpiresAt: string
  claimedAt: string
  heartbeatAt: string
  cancelRequestedAt: string | null
  progress: number
  progressMessage: string | null
}

function isHeldBy(held: Held, beat: Beat): boolean {
  const ofProject = beat.projectId === undefined || held.projectId === beat.projectId
  return ofProject && held.fence === beat.fence && held.leaseExpiresAt !== null
}

function isTooSoon(held: Held, beat: Beat, now: string): boolean {
  const isFirstProgress = beat.progress !== undefined && held.heartbeatAt === held.claimedAt
  return !isFirstProgress && Date.parse(now) - Date.parse(held.heartbeatAt) < LIMITS.heartbeatWriteMs
}

/** Never that of the claim, which would make the next progress the first again. */
function beatTime(held: Held, now: string): string {
  return now > held.claimedAt ? now : plusMs(held.claimedAt, 1)
}

function passesMilestone(before: number, after: number | undefined): boolean {
  return (
    after !== undefined && Math.floor(after / PROGRESS_MILESTONE) > Math.floor(before / PROGRESS_MILESTONE)
  )
}

const READ = `
  SELECT projectId, fence, leaseExpiresAt, claimedAt, heartbeatAt, cancelRequestedAt, progress, progressMessage
  FROM runs WHERE id = ?`

const WRITE = `
  UPDATE runs SET leaseExpiresAt = ?, heartbeatAt = ?, updatedAt = ?, progress = ?, progressMessage = ?
  WHERE id = ?`
