import type { ArchiveStore, StorageChange, StorageLease } from '../../ports/archive-store.ts'
import { auditOfRun } from '../../run/audit.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import { heldLease, IS_KEPT, isHeld } from './storage-leases.ts'
import { IS_FINAL } from './whether-open.ts'

type Moves = 'abandon' | 'setArchived' | 'takeBack' | 'beginRemoving' | 'endRemoving' | 'setRestored'

/** What becomes of an archive and of its run, each in one statement. */
export function archiveMoves(pool: Pool): Pick<ArchiveStore, Moves> {
  const audited = (action: 'run.archived' | 'run.restored', text: string, change: AuditedChange) =>
    guarded(() =>
      transaction(pool, 'BEGIN', async (client) => {
        const { lease, values, actor, requestId, auditId } = change
        const [row] = await query(client, text, [lease.runId, lease.storageFence, ...values])
        if (row === undefined) return null
        const run = toRun(row)
        await appendAudit(client, [{ id: auditId, action, actor, requestId, ...auditOfRun(run) }])
        return run
      }),
    )
  const happens = async (text: string, { runId, storageFence }: StorageLease, values: unknown[]) =>
    (await query(pool, text, [runId, storageFence, ...values])).length > 0
  return {
    abandon: (lease, attempt, fault) => happens(ABANDON, lease, [attempt, fault]),
    setArchived: (lease, attempt, { bytes, sha256, originalBytes, ...by }) =>
      audited('run.archived', SET_ARCHIVED, {
        lease,
        values: [attempt, bytes, sha256, by.actor, originalBytes],
        ...by,
      }),
    takeBack: (lease, attempt, fault) => happens(TAKE_BACK, lease, [attempt, fault]),
    beginRemoving: (lease, attempt) => happens(BEGIN_REMOVING, lease, [attempt]),
    endRemoving: (lease, attempt) => happens(END_REMOVING, lease, [attempt]),
    setRestored: (lease, { etags, ...by }) =>
      audited('run.restored', SET_RESTORED, { lease, values: [by.actor, JSON.stringify(etags)], ...by }),
  }
}

interface AuditedChange extends StorageChange {
  lease: StorageLease
  values: unknown[]
}

const ABANDON = `
  WITH ${heldLease('archiving')}
  UPDATE archives a SET status = 'abandoned', fault = $4, "updatedAt" = now() FROM held
  WHERE a."runId" = held.id AND a.attempt = $3 AND a.status IN ('writing', 'stored') RETURNING 1`

const SET_ARCHIVED = `
  WITH moved AS (
    UPDATE runs r SET "storageState" = 'archived', "archivedAt" = now(), "archivePath" = a.key, "archiveBytes" = $4::bigint,
      "archiveSha256" = $5, "archiveVerifiedAt" = now(), "updatedAt" = now()
    FROM archives a
    WHERE ${isHeld('archiving')} AND ${IS_FINAL} AND coalesce(${IS_KEPT}, false) = false
      AND a."runId" = r.id AND a.attempt = $3 AND a.status = 'stored'
    RETURNING ${runColumns('r')}
  ), stored AS (
    UPDATE archives a SET status = 'archived', bytes = $4, sha256 = $5, "readBack" = 0, reading = NULL,
      "verifiedAt" = now(), fault = NULL, "updatedAt" = now()
    FROM moved WHERE a."runId" = moved.id AND a.attempt = $3
  ), earlier AS (
    UPDATE archives a SET status = 'abandoned', "updatedAt" = now() FROM moved
    WHERE a."runId" = moved.id AND a.attempt < $3 AND a.status <> 'gone'
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, 'run.archived', $6, jsonb_build_object('attempt', $3::int, 'path', "archivePath", 'bytes', $4::bigint,
      'sha256', $5::text, 'originalBytes', $7::bigint)
    FROM moved
  )
  SELECT * FROM moved`

const TAKE_BACK = `
  WITH moved AS (
    UPDATE runs r SET "storageState" = 'archiving', "archivedAt" = NULL, "archivePath" = NULL, "archiveBytes" = NULL,
      "archiveSha256" = NULL, "archiveVerifiedAt" = NULL, "updatedAt" = now()
    FROM archives a
    WHERE ${isHeld('archived')} AND a."runId" = r.id AND a.attempt = $3 AND a.status = 'archived' RETURNING r.id
  )
  UPDATE archives a SET status = 'abandoned', fault = $4, "updatedAt" = now() FROM moved
  WHERE a."runId" = moved.id AND a.attempt = $3 RETURNING 1`

const BEGIN_REMOVING = `
  WITH ${heldLease('archived')}
  UPDATE archives a SET status = 'removing', "updatedAt" = now() FROM held
  WHERE a."runId" = held.id AND a.attempt = $3 AND a.status IN ('archived', 'removing') RETURNING 1`

const END_REMOVING = `
  WITH moved AS (
    UPDATE runs r SET "storageLeaseExpiresAt" = NULL, "updatedAt" = now() FROM archives a
    WHERE ${isHeld('archived')} AND a."runId" = r.id AND a.attempt = $3 AND a.status IN ('removing', 'kept') RETURNING r.id
  )
  UPDATE archives a SET status = 'kept', "updatedAt" = now() FROM moved
  WHERE a."runId" = moved.id AND a.attempt = $3 RETURNING 1`

const SET_RESTORED = `
  WITH before AS (
    SELECT r.id, r."archivePath" FROM runs r WHERE ${isHeld('restoring')} FOR NO KEY UPDATE
  ), moved AS (
    UPDATE runs r SET "storageState" = 'active', "restoredAt" = now(), "archivedAt" = NULL, "archivePath" = NULL,
      "archiveBytes" = NULL, "archiveSha256" = NULL, "archiveVerifiedAt" = NULL, "deletedAt" = NULL, "purgeAfter" = NULL,
      "deletionReason" = NULL, "storageLeaseExpiresAt" = NULL, "updatedAt" = now()
    FROM before WHERE r.id = before.id RETURNING ${runColumns('r')}
  ), copies AS (
    UPDATE archives a SET status = 'restored', "updatedAt" = now() FROM before
    WHERE a."runId" = before.id AND a.key = before."archivePath"
  ), etags AS (
    UPDATE outputs o SET etag = x.etag FROM before
    CROSS JOIN jsonb_to_recordset($4::jsonb) AS x(key text, etag text)
    WHERE o."runId" = before.id AND o."objectKey" = x.key AND o."committedAt" IS NOT NULL
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT before.id, 'run.restored', $3, jsonb_build_object('path', before."archivePath") FROM before
  )
  SELECT * FROM moved`
