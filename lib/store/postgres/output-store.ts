import { BEING_SWEPT, type Output, type OutputPosition, type OutputStore } from '../../ports/output-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { recounted } from './stats.ts'
import { IS_OPEN } from './whether-open.ts'

/** The rows of output files in a Postgres database. */
export function postgresOutputStore(pool: Pool): OutputStore {
  const all = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as Output[]
  const first = async (text: string, values: unknown[]) => (await all(text, values))[0] ?? null
  return {
    async reserve({ runId, fence, path, bytes, sha256, contentType, objectKey, uploadId, createdAt }) {
      const reserved = [runId, fence, path, bytes, sha256, contentType, objectKey, uploadId]
      const again =
        createdAt === undefined ? first(RESERVE, reserved) : first(RENEW, [...reserved, createdAt])
      return (await again) ?? (await first(FIND_COMMITTED, [runId, fence, path]))
    },
    get: (...of) => first(GET, of),
    async commit({ runId, fence, path, createdAt }, { bytes, sha256, etag }) {
      const committed = await first(COMMIT, [runId, fence, path, bytes, sha256, etag, createdAt ?? null])
      return committed ?? (await first(FIND_COMMITTED, [runId, fence, path]))
    },
    list: (runId, { afterPath, limit }) => all(LIST, [runId, afterPath ?? '', limit]),
    find: (...of) => first(FIND, of),
    abandoned: ({ olderThanSeconds, limit, after = START }) =>
      all(ABANDONED, [olderThanSeconds, limit, after.createdAt, after.runId, after.path, after.fence]),
    startSweep: ({ runId, fence, path, createdAt }) => first(START_SWEEP, [runId, fence, path, createdAt]),
    async forget(outputs) {
      await query(pool, FORGET, [JSON.stringify(outputs)])
    },
  }
}

const ONE = `o."runId" = $1 AND o.fence = $2 AND o.path = $3`
const GET = `SELECT o.* FROM outputs o WHERE ${ONE}`

const RESERVE = `
  INSERT INTO outputs AS o ("runId", fence, path, bytes, sha256, "contentType", "objectKey", "uploadId")
  SELECT r.id, r.fence, $3, $4::bigint, $5, $6, $7, $8 FROM runs r WHERE r.id = $1 AND r.fence = $2 AND ${IS_OPEN}
  ON CONFLICT ("runId", path, fence) DO UPDATE SET bytes = excluded.bytes, sha256 = excluded.sha256,
    "contentType" = excluded."contentType", "objectKey" = excluded."objectKey", "uploadId" = excluded."uploadId",
    "createdAt" = greatest(now(), o."createdAt" + interval '1 millisecond')
  WHERE o."committedAt" IS NULL RETURNING o.*`

const RENEW = `
  UPDATE outputs o SET bytes = $4::bigint, sha256 = $5, "contentType" = $6, "objectKey" = $7, "uploadId" = $8,
    "createdAt" = greatest(now(), o."createdAt" + interval '1 millisecond')
  FROM runs r WHERE r.id = $1 AND r.fence = $2 AND ${IS_OPEN} AND ${ONE}
    AND o."committedAt" IS NULL AND o."createdAt" = $9 RETURNING o.*`

/** A statement of its own: the one before it does not see what was committed while it waited. */
const FIND_COMMITTED = `
  SELECT o.* FROM outputs o JOIN runs r ON r.id = o."runId" AND r.fence = o.fence AND ${IS_OPEN}
  WHERE ${ONE} AND o."committedAt" IS NOT NULL`

// The run first, as everyone locks it first.
const COMMIT = `
  WITH held AS MATERIALIZED (
    SELECT r.id FROM runs r WHERE r.id = $1 AND r.fence = $2 AND ${IS_OPEN} FOR NO KEY UPDATE
  ), committed AS (
    UPDATE outputs o SET bytes = $4, sha256 = $5, etag = $6, "uploadId" = NULL, "committedAt" = now()
    FROM held WHERE ${ONE} AND o."committedAt" IS NULL AND o."createdAt" = coalesce($7, o."createdAt")
      AND o."createdAt" > '${BEING_SWEPT}' RETURNING o.*
  ), grown AS (
    UPDATE runs r SET "outputBytes" = r."outputBytes" + c.bytes, "outputCount" = r."outputCount" + 1, "updatedAt" = now()
    FROM committed c WHERE r.id = c."runId" RETURNING r.*
  ), ${recounted({ outputBytes: '$4::bigint' })}
  SELECT * FROM committed`

const LIST = `
  SELECT DISTINCT ON (o."runId", o.path) o.* FROM outputs o
  WHERE o."runId" = $1 AND o.path > $2 AND o."committedAt" IS NOT NULL
  ORDER BY o."runId", o.path, o.fence DESC LIMIT $3`
const FIND = `
  SELECT o.* FROM outputs o WHERE o."runId" = $1 AND o.path = $2 AND o."committedAt" IS NOT NULL
  ORDER BY o."runId", o.path, o.fence DESC LIMIT 1`

const ABANDONED = `
  SELECT o.* FROM outputs o
  WHERE o."committedAt" IS NULL AND o."createdAt" <= now() - $1::float8 * interval '1 second'
    AND (o."createdAt", o."runId", o.path, o.fence) > ($3::timestamptz, $4, $5, $6::int)
  ORDER BY o."createdAt", o."runId", o.path, o.fence LIMIT $2`
/** Before every row. */
const START: OutputPosition = { createdAt: BEING_SWEPT, runId: '', path: '', fence: 0 }

const START_SWEEP = `
  UPDATE outputs o SET "createdAt" = '${BEING_SWEPT}'
  WHERE ${ONE} AND o."committedAt" IS NULL AND o."createdAt" = $4 RETURNING o.*`

const FORGET = `
  DELETE FROM outputs o USING jsonb_to_recordset($1::jsonb) AS x("runId" text, fence int, path text, "createdAt" timestamptz)
  WHERE o."runId" = x."runId" AND o.fence = x.fence AND o.path = x.path AND o."committedAt" IS NULL
    AND o."createdAt" = coalesce(x."createdAt", o."createdAt")`
