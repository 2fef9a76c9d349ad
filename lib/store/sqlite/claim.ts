import type { ClaimRequest } from '../../ports/run-store.ts'
import { folderName } from '../../run/folder.ts'
import type { Run } from '../../run/run.ts'
import type { Connection } from './connection.ts'
import { compare, findDue } from './due.ts'
import { addEvent } from './events.ts'
import { fromRow } from './row.ts'
import { plusMs } from './times.ts'

/**
 * Hands out due runs, in claim order; those still held under the request's `claimId`, where there are any, instead of
 * new ones. Inside a write transaction only.
 */
export function claimRuns(db: Connection, request: ClaimRequest, now: string): Run[] {
  const { claimId, projectId, workerId } = request
  const held = claimId === undefined ? [] : db.all(HELD, claimId, workerId, projectId)
  if (held.length > 0) return held.map(fromRow).sort(inClaimOrder)

  const ids = thatFit(db, findDue(db, request, request.limit, now), request.bytes)
  if (ids.length === 0) return []
  const expiresAt = plusMs(now, request.leaseSeconds * 1_000)
  const folderPrefix = folderName('', now)
  const rows = db.all(
    CLAIM,
    ...[workerId, now, now, now, now, expiresAt, claimId ?? null, folderPrefix, JSON.stringify(ids)],
  )
  const runs = rows.map(fromRow).sort(inClaimOrder)
  for (const { id, fence, attempt } of runs)
    addEvent(db, {
      runId: id,
      type: 'run.started',
      actor: workerId,
      at: now,
      data: { workerId, fence, attempt },
    })
  return runs
}

/** The first of these runs whose contents together pass `bytes`, and those before it. */
function thatFit(db: Connection, ids: string[], bytes = Infinity): string[] {
  if (bytes === Infinity) return ids
  const sizes = new Map(db.all(SIZES, JSON.stringify(ids)).map(({ id, size }) => [id, Number(size)]))
  let preceding = 0
  return ids.filter((id) => {
    const fits = preceding < bytes
    preceding += sizes.get(id) ?? 0
    return fits
  })
}

function inClaimOrder(a: Run, b: Run): number {
  return b.priority - a.priority || compare(a.runAt, b.runAt) || compare(a.id, b.id)
}

const HELD = `
  SELECT * FROM runs
  WHERE state = 'running' AND claimId = ? AND claimedBy = ? AND projectId IS ? AND leaseExpiresAt IS NOT NULL`

const SIZES = `
  SELECT id, coalesce(octet_length(input), 0) + coalesce(octet_length(error), 0) + octet_length(labels) + 2000 AS size
  FROM runs WHERE id IN (SELECT value FROM json_each(?))`

const CLAIM = `
  UPDATE runs SET state = 'running', attempt = attempt + 1, fence = fence + 1, claimedBy = ?, claimedAt = ?,
    startedAt = ?, heartbeatAt = ?, updatedAt = ?, leaseExpiresAt = ?, claimId = ?, progress = 0,
    progressMessage = NULL, nextLogOffset = 0, logFinalOffset = NULL, folderName = coalesce(folderName, ? || id)
  WHERE id IN (SELECT value FROM json_each(?))
  RETURNING *`
