import type { LogChunk, LogState, LogStore } from '../../ports/log-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { recounted } from './stats.ts'
import { IS_FINAL, TAKES_LOG } from './whether-open.ts'

/** The logs' rows in a Postgres database. */
export function postgresLogStore(pool: Pool): LogStore {
  const chunks = async (text: string, values: unknown[]) =>
    (await query(pool, text, values)) as unknown as LogChunk[]
  const state = async (text: string, values: unknown[]) =>
    ((await query(pool, text, values))[0] ?? null) as LogState | null
  return {
    state: (runId) => state(STATE, [runId]),
    chunkAt: async (...at) => (await chunks(CHUNK_AT, at))[0] ?? null,
    lastChunk: async (...of) => (await chunks(LAST_CHUNK, of))[0] ?? null,
    append: ({ runId, fence, offset, sentBytes, bytes, sentSha256, sha256, objectKey, endsInKey }) =>
      state(APPEND, [runId, fence, offset, sentBytes, bytes, sentSha256, sha256, objectKey, endsInKey]),
    chunks: (...after) => chunks(CHUNKS, after),
    async compactable({ afterRunId, lostWaitSeconds, limit }) {
      const rows = await query(pool, COMPACTABLE, [afterRunId ?? '', lostWaitSeconds, limit])
      return rows.map(({ runId }) => runId as string)
    },
    async setObject(runId, { logFile, objectBytes, previousObjectBytes, markBytes = 0 }) {
      const said = [runId, logFile, objectBytes, previousObjectBytes, markBytes]
      return (await query(pool, SET_OBJECT, said)).length > 0
    },
    forgetChunks: async (runId) => (await query(pool, FORGET, [runId]))[0]?.count as number,
  }
}

const STATE_COLUMNS = `
  r.id AS "runId", r."projectId", r."createdBy", r.fence, r."storageState", r."nextLogOffset" AS "nextOffset", r."logBytes" AS bytes,
  r."logFinalOffset" AS "finalOffset", r."logFile", r."logObjectBytes" AS "objectBytes",
  ${IS_FINAL} AS "isFinal", coalesce(${TAKES_LOG}, false) AS "isOpen"`
const STATE = `SELECT ${STATE_COLUMNS} FROM runs r WHERE r.id = $1`

const CHUNK_AT = `SELECT * FROM log_chunks WHERE "runId" = $1 AND fence = $2 AND "offset" = $3`
const LAST_CHUNK = `
  SELECT * FROM log_chunks WHERE "runId" = $1 AND fence = $2 ORDER BY "runId", fence, "offset" DESC LIMIT 1`

const APPEND = `
  WITH grown AS (
    UPDATE runs r SET "nextLogOffset" = $3::bigint + $4::int, "logBytes" = r."logBytes" + $5::int, "updatedAt" = now()
    WHERE r.id = $1 AND r.fence = $2 AND r."nextLogOffset" = $3 AND ${TAKES_LOG}
    RETURNING r.*
  ), added AS (
    INSERT INTO log_chunks
      ("runId", fence, "offset", "sentBytes", "sentSha256", position, bytes, sha256, "objectKey", "endsInKey")
    SELECT id, fence, $3, $4, $6, "logBytes" - $5, $5, $7, $8, $9::boolean FROM grown WHERE $5 > 0
  ), ${recounted({ logBytes: '$5' })}
  SELECT ${STATE_COLUMNS} FROM grown r`

// From the one that holds the position, or the first after it: positions have an index, ends have none.
const CHUNKS = `
  SELECT * FROM log_chunks
  WHERE "runId" = $1 AND position + bytes > $2::bigint AND position >= coalesce(
    (SELECT max(position) FROM log_chunks WHERE "runId" = $1 AND position <= $2), 0)
  ORDER BY position LIMIT $3`

// The object covers whole chunks only: what begins before its end is in it.
const IS_COVERED = `EXISTS (SELECT 1 FROM log_chunks c WHERE c."runId" = r.id AND c.position < r."logObjectBytes")`

/**
 * From run to run in the chunks' index, and each asked of by itself: of a join the planner would make one over all runs. Without
 * an order, so that the walk ends when there are enough; it is in order as it is.
 */
/** Statement of the runs after this one whose logs are to be made one object. */
export const compactableRuns = ({
  after,
  lostWaitSeconds,
  limit,
}: Record<'after' | 'lostWaitSeconds' | 'limit', string>) => `
  WITH RECURSIVE walked AS (
    (SELECT "runId" FROM log_chunks WHERE "runId" > ${after} ORDER BY "runId" LIMIT 1)
    UNION ALL
    SELECT (SELECT "runId" FROM log_chunks WHERE "runId" > walked."runId" ORDER BY "runId" LIMIT 1)
    FROM walked WHERE walked."runId" IS NOT NULL
  )
  SELECT "runId" FROM walked WHERE (
    SELECT CASE
      WHEN ${IS_FINAL} THEN r."errorCode" IS DISTINCT FROM 'lost'
        OR r."finishedAt" <= now() - ${lostWaitSeconds}::float8 * interval '1 second' OR ${IS_COVERED}
      ELSE r.state = 'running' AND ${IS_COVERED} END
    FROM runs r WHERE r.id = walked."runId"
  ) LIMIT ${limit}`
const COMPACTABLE = compactableRuns({ after: '$1', lostWaitSeconds: '$2', limit: '$3' })

const SET_OBJECT = `
  WITH grown AS (
    UPDATE runs SET "logFile" = $2, "logObjectBytes" = $3, "logBytes" = $3, "updatedAt" = now(),
      "nextLogOffset" = CASE WHEN $5 > 0 THEN coalesce("logFinalOffset", "nextLogOffset") ELSE "nextLogOffset" END
    WHERE id = $1 AND "logBytes" = $3::bigint - $5::int AND "logObjectBytes" = $4 RETURNING *
  ), ${recounted({ logBytes: '$5' })}
  SELECT 1 FROM grown`

const FORGET = `
  WITH forgotten AS (
    DELETE FROM log_chunks c USING runs r
    WHERE c."runId" = $1 AND r.id = $1 AND c.position < r."logObjectBytes" RETURNING 1
  )
  SELECT count(*)::int AS count FROM forgotten`
