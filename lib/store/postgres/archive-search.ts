import type {
  AbandonedArchive,
  ArchiveCoverage,
  ArchiveStore,
  StoragePosition,
  VerifiableArchive,
} from '../../ports/archive-store.ts'
import type { StorageState } from '../../run/run.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import { IS_FINAL } from './whether-open.ts'

type Search =
  | 'candidates'
  | 'stalled'
  | 'goesOn'
  | 'abandoned'
  | 'setGone'
  | 'leastVerified'
  | 'coverage'
  | 'noteReading'
  | 'pauseReading'
  | 'noteRead'

/** What there is to archive, to go on with, to clear and to verify. */
export function archiveSearch(pool: Pool): Pick<ArchiveStore, Search> {
  const all = async (text: string, values: unknown[]) => await query(pool, text, values)
  return {
    async candidates({ before, after, limit }) {
      const { finishedAt, id } = after ?? { finishedAt: '-infinity', id: '' }
      const [row] = await all(CANDIDATES, [before, finishedAt, id, limit, SEEN_AT_ONCE])
      const ids = (row?.ids ?? []) as string[]
      const runs = ids.length === 0 ? [] : await all(RUNS, [ids])
      return { runs: runs.map((run) => toRun(run)), next: (row?.next ?? null) as StoragePosition | null }
    },
    stalled: async (limit) =>
      (await all(`${STALLED} ORDER BY "storageLeaseExpiresAt", id LIMIT $1`, [limit])) as unknown as {
        id: string
        storageState: StorageState
      }[],
    abandoned: async ({ runId, limit }) =>
      (await all(ABANDONED, [runId ?? null, limit])) as unknown as AbandonedArchive[],
    goesOn: async () => (await all(GOES_ON, []))[0]?.coalesce === true,
    async setGone(runId, attempt) {
      await all(SET_GONE, [runId, attempt])
    },
    leastVerified: async ({ before, limit }) =>
      (await all(LEAST_VERIFIED, [before, limit])) as unknown as VerifiableArchive[],
    coverage: async (since, most) => (await all(COVERAGE, [since, most]))[0] as unknown as ArchiveCoverage,
    async noteReading(runId, attempt, reading) {
      await all(NOTE_READING, [runId, attempt, reading === null ? null : JSON.stringify(reading)])
    },
    async pauseReading(runId, attempt) {
      await all(PAUSE_READING, [runId, attempt])
    },
    async noteRead(runId, attempt, fault) {
      await all(NOTE_READ, [runId, attempt, fault])
    },
  }
}

/** Runs that one look goes over, most of which have nothing to be archived. */
const SEEN_AT_ONCE = 20_000

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

/** Runs that somebody has left in the middle. */
export const STALLED = `
  SELECT id, "storageState" FROM runs
  WHERE "storageLeaseExpiresAt" <= now() AND "storageState" IN ('archiving', 'archived', 'restoring')`

/** Whether the last archive sweep is to be gone on with. */
export const GOES_ON = `
  SELECT coalesce((
    SELECT status IN ('completed', 'partial') AND cursor IS NOT NULL AND (counts ->> 'archived')::int > 0 FROM sweeps
    WHERE kind = 'archive' AND NOT "dryRun" ORDER BY kind, id DESC LIMIT 1), false)`

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
const KEPT = `a.status IN ('archived', 'removing', 'kept')`
/** Few are counted; of many the database has an estimate. Those that are never read are at the front of the index. */
const COVERAGE = `
  SELECT CASE WHEN few.count <= 10000 THEN few.count ELSE greatest(few.count, estimate.count) END AS archives,
    unread.count AS unread, oldest."oldest"
  FROM (
    SELECT count(*)::float8 AS count FROM (SELECT 1 FROM archives a WHERE ${KEPT} LIMIT 10001) counted
  ) few, (
    SELECT round(reltuples)::float8 AS count FROM pg_class WHERE oid = 'archives_verified'::regclass
  ) estimate, (
    SELECT count(*)::float8 AS count FROM (
      SELECT 1 FROM archives a WHERE ${KEPT} AND a."verifiedAt" < $1::timestamptz LIMIT $2
    ) counted
  ) unread, (
    SELECT (
      SELECT jsonb_build_object('runId', a."runId",
        'verifiedAt', to_char(a."verifiedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      FROM archives a WHERE ${KEPT} AND a."verifiedAt" IS NOT NULL ORDER BY a."verifiedAt", a."runId" LIMIT 1
    ) AS "oldest"
  ) oldest`
const NOTE_READING = `
  UPDATE archives SET "verifiedAt" = now(), reading = coalesce($3::jsonb, reading) WHERE "runId" = $1 AND attempt = $2
    AND status IN ('archived', 'removing', 'kept')`
// Before it was read for the first time nothing was.
const PAUSE_READING = `
  UPDATE archives SET "verifiedAt" = "createdAt" WHERE "runId" = $1 AND attempt = $2
    AND status IN ('archived', 'removing', 'kept')`
// One that is right again, and whose originals nobody removes since it was found damaged, is gone on with.
const NOTE_READ = `
  WITH noted AS (
    UPDATE archives SET "verifiedAt" = now(), reading = NULL, fault = $3 WHERE "runId" = $1 AND attempt = $2
      AND status IN ('archived', 'removing', 'kept') RETURNING key, status
  )
  UPDATE runs r SET "archiveVerifiedAt" = now(), "storageLeaseExpiresAt" = CASE
    WHEN r."storageState" = 'archived' AND noted.status <> 'kept'
    THEN coalesce(r."storageLeaseExpiresAt", date_trunc('milliseconds', now())) ELSE r."storageLeaseExpiresAt" END
  FROM noted
  WHERE r.id = $1 AND r."archivePath" = noted.key AND $3::text IS NULL`
