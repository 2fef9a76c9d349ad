import type {
  AbandonedArchive,
  Archive,
  ArchivePart,
  ArchiveStore,
  StorageLease,
  StoragePosition,
  VerifiableArchive,
} from '../../ports/archive-store.ts'
import type { StorageState } from '../../run/run.ts'
import { archiveMoves } from './archive-moves.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import { heldLease, storageLeases } from './storage-leases.ts'
import { IS_FINAL } from './whether-open.ts'

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
    freeze: (lease, { attempt, key, compression, manifest, manifestSha256, tarBytes }) =>
      first(FREEZE, [...held(lease, attempt), key, compression, manifest, manifestSha256, tarBytes]),
    last: (runId) => first(LAST, [runId]),
    inForce: (runId) => first(IN_FORCE, [runId]),
    parts: async (runId, attempt) => (await all(PARTS, [runId, attempt])) as unknown as ArchivePart[],
    note: (lease, attempt, { status, uploadId, bytes, readBack }) =>
      happens(NOTE, [
        ...held(lease, attempt),
        status ?? null,
        uploadId ?? null,
        bytes ?? null,
        readBack ?? null,
      ]),
    addPart: (lease, attempt, { number, etag, start, bytes, sha256, tarStart, tarBytes }) =>
      happens(ADD_PART, [...held(lease, attempt), number, etag, start, bytes, sha256, tarStart, tarBytes]),
    async candidates({ before, after, limit }) {
      const { finishedAt, id } = after ?? { finishedAt: '-infinity', id: '' }
      const [row] = await all(CANDIDATES, [before, finishedAt, id, limit, SEEN_AT_ONCE])
      const ids = (row?.ids ?? []) as string[]
      const runs = ids.length === 0 ? [] : await all(RUNS, [ids])
      return { runs: runs.map((run) => toRun(run)), next: (row?.next ?? null) as StoragePosition | null }
    },
    stalled: async (limit) =>
      (await all(STALLED, [limit])) as unknown as { id: string; storageState: StorageState }[],
    abandoned: async ({ runId, limit }) =>
      (await all(ABANDONED, [runId ?? null, limit])) as unknown as AbandonedArchive[],
    async setGone(runId, attempt) {
      await all(SET_GONE, [runId, attempt])
    },
    leastVerified: async ({ before, limit }) =>
      (await all(LEAST_VERIFIED, [before, limit])) as unknown as VerifiableArchive[],
    async noteRead(runId, attempt, fault) {
      await all(NOTE_READ, [runId, attempt, fault])
    },
  }
}

/** Runs that one look goes over, most of which have nothing to be archived. */
const SEEN_AT_ONCE = 20_000

const COLUMNS = `a."runId", a.attempt, a.key, a.compression, a.status, a.manifest, a."manifestSha256", a."tarBytes",
  a."uploadId", a.bytes, a.sha256, a."readBack", a.fault`

const FREEZE = `
  WITH ${heldLease('archiving')}
  INSERT INTO archives AS a ("runId", attempt, key, compression, status, manifest, "manifestSha256", "tarBytes")
  SELECT id, $3, $4, $5, 'writing', $6, $7, $8 FROM held ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`

const LAST = `SELECT ${COLUMNS} FROM archives a WHERE a."runId" = $1 ORDER BY a.attempt DESC LIMIT 1`
const IN_FORCE = `
  SELECT ${COLUMNS} FROM archives a JOIN runs r ON r.id = a."runId" AND r."archivePath" = a.key WHERE a."runId" = $1`
const PARTS = `
  SELECT number, etag, start, bytes, sha256, "tarStart", "tarBytes" FROM archive_parts
  WHERE "runId" = $1 AND attempt = $2 ORDER BY number`

const NOTE = `
  WITH ${heldLease('archiving', 'restoring')}
  UPDATE archives a SET status = coalesce($4, a.status), "uploadId" = coalesce($5, a."uploadId"),
    bytes = coalesce($6, a.bytes), "readBack" = coalesce($7, a."readBack"), "updatedAt" = now()
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

// Conditions as literals, as the index has them.
const CANDIDATES = `
  WITH seen AS MATERIALIZED (
    SELECT r.id, r."finishedAt", r."outputCount" > 0 AND ${IS_FINAL} AS "isOne" FROM runs r
    WHERE r."storageState" = 'active' AND r."finishedAt" IS NOT NULL AND r."finishedAt" < $1::timestamptz
      AND (r."finishedAt", r.id) > ($2::timestamptz, $3)
    ORDER BY r."finishedAt", r.id LIMIT $5
  ), found AS (
    SELECT id, "finishedAt" FROM seen WHERE "isOne" ORDER BY "finishedAt", id LIMIT $4
  ), ends AS (
    SELECT (SELECT count(*) FROM seen) = $5 AS "isCut", (SELECT count(*) FROM found) = $4 AS "isFull"
  )
  SELECT (SELECT array_agg(id) FROM found) AS ids, (
    SELECT jsonb_build_object('finishedAt', to_char("finishedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'id', id)
    FROM ends CROSS JOIN LATERAL (
      SELECT * FROM found WHERE ends."isFull"
      UNION ALL SELECT id, "finishedAt" FROM seen WHERE ends."isCut" AND NOT ends."isFull"
      ORDER BY "finishedAt" DESC, id DESC LIMIT 1
    ) last
  ) AS next`
const RUNS = `SELECT ${runColumns('r')} FROM runs r WHERE r.id = ANY($1::text[]) ORDER BY r."finishedAt", r.id`

const STALLED = `
  SELECT id, "storageState" FROM runs
  WHERE "storageLeaseExpiresAt" <= now() AND "storageState" IN ('archiving', 'archived', 'restoring')
  ORDER BY "storageLeaseExpiresAt", id LIMIT $1`

const ABANDONED = `
  SELECT a."runId", a.attempt, a.key, a."uploadId" FROM archives a
  WHERE a.status = 'abandoned' AND ($1::text IS NULL OR a."runId" = $1) ORDER BY a."updatedAt" LIMIT $2`
const SET_GONE = `
  WITH gone AS (
    UPDATE archives SET status = 'gone', manifest = '', "uploadId" = NULL, "updatedAt" = now()
    WHERE "runId" = $1 AND attempt = $2 AND status = 'abandoned' RETURNING "runId", attempt
  )
  DELETE FROM archive_parts p USING gone WHERE p."runId" = gone."runId" AND p.attempt = gone.attempt`

const LEAST_VERIFIED = `
  SELECT a."runId", a.attempt, a.key, a.bytes FROM archives a
  WHERE a.status IN ('archived', 'removing', 'kept') AND a."verifiedAt" < $1::timestamptz
  ORDER BY a."verifiedAt", a."runId" LIMIT $2`
const NOTE_READ = `
  WITH noted AS (
    UPDATE archives SET "verifiedAt" = now(), fault = $3 WHERE "runId" = $1 AND attempt = $2
      AND status IN ('archived', 'removing', 'kept') RETURNING key
  )
  UPDATE runs r SET "archiveVerifiedAt" = now() FROM noted
  WHERE r.id = $1 AND r."archivePath" = noted.key AND $3::text IS NULL`
