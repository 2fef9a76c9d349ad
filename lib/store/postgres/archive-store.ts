import type { Archive, ArchivePart, ArchiveStore, StorageLease } from '../../ports/archive-store.ts'
import type { Output } from '../../ports/output-store.ts'
import { archiveMoves } from './archive-moves.ts'
import { archiveSearch } from './archive-search.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { heldLease, storageLeases } from './storage-leases.ts'

/** Archives and the leases of those who make them, in a Postgres database. */
export function postgresArchiveStore(pool: Pool): ArchiveStore {
  const all = async (text: string, values: unknown[]) => await query(pool, text, values)
  const first = async (text: string, values: unknown[]) =>
    ((await all(text, values))[0] ?? null) as Archive | null
  const held = ({ runId, storageFence }: StorageLease, attempt: number) => [runId, storageFence, attempt]
  const happens = async (text: string, values: unknown[]) => (await all(text, values)).length > 0
  return {
    ...storageLeases(pool),
    ...archiveMoves(pool),
    ...archiveSearch(pool),
    freeze: (lease, { attempt, key, compression, manifest, manifestSha256, tarBytes }) =>
      first(FREEZE, [...held(lease, attempt), key, compression, manifest, manifestSha256, tarBytes]),
    last: (runId) => first(LAST, [runId]),
    inForce: (runId) => first(IN_FORCE, [runId]),
    restored: (runId) => first(RESTORED, [runId]),
    outputs: async (runId, { after = START, limit }) =>
      (await all(OUTPUTS, [runId, after.path, after.fence, limit])) as unknown as Output[],
    parts: async (runId, attempt) => (await all(PARTS, [runId, attempt])) as unknown as ArchivePart[],
    note: (lease, attempt, { status, uploadId, bytes, readBack, reading }) =>
      happens(NOTE, [
        ...held(lease, attempt),
        status ?? null,
        uploadId ?? null,
        bytes ?? null,
        readBack ?? null,
        reading ? JSON.stringify(reading) : null,
      ]),
    addPart: (lease, attempt, { number, etag, start, bytes, sha256, tarStart, tarBytes }) =>
      happens(ADD_PART, [...held(lease, attempt), number, etag, start, bytes, sha256, tarStart, tarBytes]),
  }
}

const COLUMNS = `a."runId", a.attempt, a.key, a.compression, a.status, a.manifest, a."manifestSha256", a."tarBytes",
  a."uploadId", a.bytes, a.sha256, a."readBack", a.reading, a.fault`

const FREEZE = `
  WITH ${heldLease('archiving')}
  INSERT INTO archives AS a ("runId", attempt, key, compression, status, manifest, "manifestSha256", "tarBytes")
  SELECT id, $3, $4, $5, 'writing', $6, $7, $8 FROM held ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`

const LAST = `SELECT ${COLUMNS} FROM archives a WHERE a."runId" = $1 ORDER BY a.attempt DESC LIMIT 1`
const IN_FORCE = `
  SELECT ${COLUMNS} FROM archives a JOIN runs r ON r.id = a."runId" AND r."archivePath" = a.key WHERE a."runId" = $1`
const RESTORED = `
  SELECT ${COLUMNS} FROM archives a WHERE a."runId" = $1 AND a.status = 'restored' ORDER BY a.attempt DESC LIMIT 1`
const OUTPUTS = `
  SELECT o.* FROM outputs o WHERE o."runId" = $1 AND o."committedAt" IS NOT NULL AND (o.path, o.fence) > ($2, $3::int)
  ORDER BY o.path, o.fence LIMIT $4`
/** Before every file. */
const START = { path: '', fence: 0 }
const PARTS = `
  SELECT number, etag, start, bytes, sha256, "tarStart", "tarBytes" FROM archive_parts
  WHERE "runId" = $1 AND attempt = $2 ORDER BY number`

const NOTE = `
  WITH ${heldLease('archiving', 'restoring')}
  UPDATE archives a SET status = coalesce($4, a.status), "uploadId" = coalesce($5, a."uploadId"),
    bytes = coalesce($6, a.bytes), "readBack" = coalesce($7, a."readBack"),
    reading = coalesce($8::jsonb, a.reading), "updatedAt" = now()
  FROM held WHERE a."runId" = held.id AND a.attempt = $3 AND a.status NOT IN ('abandoned', 'gone') RETURNING 1`

// Written again, by somebody who did not get to note it, the later one counts.
const ADD_PART = `
  WITH ${heldLease('archiving')}
  INSERT INTO archive_parts ("runId", attempt, number, etag, start, bytes, sha256, "tarStart", "tarBytes")
  SELECT held.id, $3, $4, $5, $6, $7, $8, $9, $10 FROM held
  JOIN archives a ON a."runId" = held.id AND a.attempt = $3 AND a.status = 'writing'
  ON CONFLICT ("runId", attempt, number) DO UPDATE SET etag = excluded.etag, start = excluded.start, bytes = excluded.bytes,
    sha256 = excluded.sha256, "tarStart" = excluded."tarStart", "tarBytes" = excluded."tarBytes"
  RETURNING 1`
