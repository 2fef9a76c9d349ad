import type { Orphan, ReconcileStore } from '../../ports/reconcile-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'

type Methods =
  | 'unknownObjects'
  | 'isKnownUpload'
  | 'noteOrphans'
  | 'orphans'
  | 'dropOrphans'
  | 'dropOrphansNotSeen'

/** Objects, and whether anybody knows them. */
export function deletionOrphans(pool: Pool): Pick<ReconcileStore, Methods> {
  return {
    async unknownObjects(objects) {
      const unknown = (await query(pool, UNKNOWN, [JSON.stringify(objects)])).map(({ key }) => key as string)
      if (unknown.length === 0) return []
      const chunks = new Set((await query(pool, CHUNKS, [unknown])).map(({ key }) => key as string))
      return unknown.filter((key) => !chunks.has(key))
    },
    isKnownUpload: async ({ key, uploadId }) =>
      (await query(pool, IS_KNOWN_UPLOAD, [key, uploadId])).length > 0,
    async noteOrphans(orphans) {
      await query(pool, NOTE, [JSON.stringify(orphans)])
    },
    orphans: async ({ after, keys, limit }) =>
      (await query(pool, LIST, [after ?? '', keys ?? null, limit])) as unknown as Orphan[],
    async dropOrphans(keys, audit) {
      const drop = () =>
        transaction(pool, 'BEGIN', async (client) => {
          await query(client, DROP, [keys])
          await appendAudit(client, audit === undefined ? [] : [audit])
        })
      await guarded(drop)
    },
    dropOrphansNotSeen: async (since, prefixes) =>
      (await query(pool, DROP_NOT_SEEN, [since, prefixes]))[0]?.count as number,
  }
}

/** As values: of joins the planner might make ones over whole tables. */
const is = (from: string) => `(SELECT 1 FROM ${from} LIMIT 1) IS NOT NULL`
/** The files of the run `r` are in its archive alone: what is where they were, a paused worker has put back since. */
const IS_PUT_AWAY = `(r."storageState" = 'archived' AND r."storageLeaseExpiresAt" IS NULL
  AND ${is(`archives a WHERE a."runId" = r.id AND a.key = r."archivePath" AND a.status = 'kept'`)})`
const UNKNOWN = `
  SELECT o.key FROM jsonb_to_recordset($1::jsonb) AS o(key text, "runId" text)
  WHERE NOT (
    ${is(`runs r WHERE r.id = o."runId" AND (r."archivePath" = o.key OR (r."logFile" = o.key AND NOT ${IS_PUT_AWAY}))`)}
    OR ${is(`outputs t LEFT JOIN runs r ON r.id = t."runId" WHERE t."objectKey" = o.key AND NOT coalesce(${IS_PUT_AWAY}, false)`)}
    OR ${is(`log_chunks t WHERE t."runId" = o."runId" AND t."objectKey" = o.key`)}
    OR ${is(`archives t WHERE t.key = o.key AND t.status <> 'gone'`)}
  )`
/** Of no index: they are few, come and go with every piece of a log, and are asked for by those keys alone that nobody else knows. */
const CHUNKS = `
  SELECT c."objectKey" AS key FROM unnest($1::text[]) AS o(key) JOIN log_chunks c ON c."objectKey" = o.key`
const IS_KNOWN_UPLOAD = `
  SELECT 1 FROM archives WHERE key = $1 AND "uploadId" = $2 AND status NOT IN ('gone', 'abandoned') LIMIT 1`
const NOTE = `
  INSERT INTO orphans AS o (key, bytes, etag, "modifiedAt", "runId")
  SELECT key, bytes, etag, "modifiedAt", "runId"
  FROM jsonb_to_recordset($1::jsonb) AS x(key text, bytes bigint, etag text, "modifiedAt" timestamptz, "runId" text)
  ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes, etag = excluded.etag, "modifiedAt" = excluded."modifiedAt",
    "runId" = excluded."runId", "seenAt" = now()`
const LIST = `
  SELECT key, bytes, etag, "modifiedAt", "runId", "foundAt", "seenAt" FROM orphans
  WHERE key > $1 AND ($2::text[] IS NULL OR key = ANY($2)) ORDER BY key LIMIT $3`
const DROP = 'DELETE FROM orphans WHERE key = ANY($1::text[])'
const DROP_NOT_SEEN = `
  WITH gone AS (
    DELETE FROM orphans o WHERE o."seenAt" < $1::timestamptz
      AND EXISTS (SELECT FROM unnest($2::text[]) prefix WHERE starts_with(o.key, prefix)) RETURNING 1
  )
  SELECT count(*)::int AS count FROM gone`
