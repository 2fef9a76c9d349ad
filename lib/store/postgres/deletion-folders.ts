import type { NamedFolder, OutputOfRun, ReconcileStore, StrayOutput } from '../../ports/reconcile-store.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'
import { IS_FINAL } from './whether-open.ts'

/** Folders of runs that were made before there were names for them. Source 002. */
export function deletionFolders(
  pool: Pool,
): Pick<ReconcileStore, 'nameFolders' | 'strayOutputs' | 'moveOutput'> {
  return {
    async nameFolders({ after, limit, dryRun }) {
      const rows = await query(pool, UNNAMED, [after, limit])
      const last = rows.at(-1)
      const found = rows.filter(({ isOne }) => isOne).map(({ id, folderName }) => ({ id, folderName }))
      if (!dryRun) await query(pool, NAME, [found.map(({ id }) => id)])
      return {
        found: found as NamedFolder[],
        next: last?.seen === limit ? (last.id as string) : null,
      }
    },
    async strayOutputs({ after, limit }) {
      const { runId, path, fence } = after ?? { runId: '', path: '', fence: 0 }
      const rows = await query(pool, STRAYS, [runId, path, fence, limit])
      const last = rows.at(-1)
      return {
        found: rows.filter(({ isOne }) => isOne) as unknown as StrayOutput[],
        next: last?.seen === limit ? (last as unknown as OutputOfRun) : null,
      }
    },
    moveOutput: async ({ runId, path, fence, key, to }, etag) =>
      (await query(pool, MOVE, [runId, path, fence, key, to, etag])).length > 0,
  }
}

/** As `folderOf` has it where there is no name. */
const FOLDER = `to_char(r."createdAt" AT TIME ZONE 'UTC', 'YYYYMMDD_HH24MISS_') || r.id`
const UNNAMED = `
  SELECT * FROM (
    SELECT r.id, ${FOLDER} AS "folderName", (r."folderName" IS NULL AND ${IS_FINAL}) AS "isOne",
      (row_number() OVER (ORDER BY r.id))::int AS seen
    FROM runs r WHERE r.id > $1 ORDER BY r.id LIMIT $2
  ) looked WHERE "isOne" OR seen = $2 ORDER BY seen`
const NAME = `
  UPDATE runs r SET "folderName" = ${FOLDER}, "updatedAt" = now()
  WHERE r.id = ANY($1::text[]) AND r."folderName" IS NULL AND ${IS_FINAL}`

const BELOW = `'jobs/' || coalesce(r."folderName", ${FOLDER}) || '/'`
const STRAYS = `
  SELECT * FROM (
    SELECT o."runId", o.path, o.fence, o."objectKey" AS key, o.bytes, o.sha256,
      ${BELOW} || CASE WHEN o.fence > 1 THEN '.' || o.fence || '/' ELSE '' END || o.path AS to,
      coalesce(o."committedAt" IS NOT NULL AND r."storageState" = 'active' AND ${IS_FINAL}
        AND NOT starts_with(o."objectKey", ${BELOW}), false) AS "isOne", o.seen
    FROM (
      SELECT *, (row_number() OVER (ORDER BY "runId", path, fence))::int AS seen FROM outputs
      WHERE ("runId", path, fence) > ($1, $2, $3) ORDER BY "runId", path, fence LIMIT $4
    ) o LEFT JOIN runs r ON r.id = o."runId"
  ) looked WHERE "isOne" OR seen = $4 ORDER BY seen`
/** From there on nobody knows the first object; overwritten it has another etag, so none is noted. */
const MOVE = `
  WITH moved AS (
    UPDATE outputs o SET "objectKey" = $5, etag = $6 FROM runs r
    WHERE o."runId" = $1 AND o.path = $2 AND o.fence = $3 AND o."objectKey" = $4
      AND r.id = o."runId" AND r."storageState" = 'active' RETURNING o."runId", o.bytes
  ), noted AS (
    INSERT INTO orphans (key, bytes, "modifiedAt", "runId") SELECT $4, bytes, now(), "runId" FROM moved
    ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, etag = NULL, "seenAt" = now()
  )
  SELECT 1 FROM moved`
