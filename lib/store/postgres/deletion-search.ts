import type {
  DeletionPlace,
  DeletionSearch,
  DeletionStore,
  DueCandidate,
  RecordedObject,
} from '../../ports/deletion-store.ts'
import type { Pool } from './connect.ts'
import { BRIEF_COLUMNS, DELETABLE_COLUMNS, toDeletable } from './deletion-rows.ts'
import { query } from './query.ts'
import { IS_FINAL } from './whether-open.ts'

type Methods = 'find' | 'candidates' | 'briefCandidates' | 'ofScript' | 'purgeable' | 'objects' | 'forget'

/** Which runs there are to be deleted, and what there is of them. */
export function deletionSearch(pool: Pool): Pick<DeletionStore, Methods> {
  const look = async (
    { until, states, place, limit }: DeletionSearch,
    [ofActive, ofArchived]: readonly [string, string],
  ) => {
    const values = [until, place.at, place.id, limit, states ?? null]
    const rows = await query(pool, place.isArchived ? ofArchived : ofActive, values)
    const last = rows.at(-1)
    const next = last?.seen === limit ? placeOf(place.isArchived, last) : null
    return { rows: rows.filter((row) => row.isOne), next }
  }
  return {
    async find(id) {
      const [row] = await query(pool, FIND, [id])
      return row === undefined ? null : toDeletable(row)
    },
    async candidates(search) {
      const { rows, next } = await look(search, WHOLE)
      return { runs: rows.map(toDeletable), next }
    },
    async briefCandidates(search) {
      const { rows, next } = await look(search, BRIEF)
      return { runs: rows as unknown as DueCandidate[], next }
    },
    ofScript: async ({ scriptId, place: { isArchived, at, id }, limit }) =>
      (await query(pool, ofScript(isArchived), [scriptId, at, id, limit])).map(toDeletable),
    async purgeable({ after, limit }) {
      const { purgeAfter, id } = after ?? { purgeAfter: '-infinity', id: '' }
      return (await query(pool, PURGEABLE, [purgeAfter, id, limit])).map(toDeletable)
    },
    objects: async (runIds, limit) =>
      (await query(pool, OBJECTS, [runIds, limit])) as unknown as RecordedObject[],
    async forget(objects) {
      await query(pool, FORGET, [JSON.stringify(objects)])
    },
  }
}

function placeOf(isArchived: boolean, { id, createdAt, finishedAt }: Record<string, unknown>): DeletionPlace {
  return { isArchived, at: (isArchived ? createdAt : finishedAt) as string, id: id as string }
}

const FIND = `SELECT ${DELETABLE_COLUMNS} FROM runs r WHERE r.id = $1`

/** So many rows of an index, in its order: those that may go, and the last one, to go on from. */
const seen = (columns: string, { where, isOne, order }: Walk) => `
  SELECT * FROM (
    SELECT ${columns}, (row_number() OVER (ORDER BY ${order}))::int AS seen,
      (${IS_FINAL} AND r."finishedAt" <= $1::timestamptz AND ($5::text[] IS NULL OR r.state::text = ANY($5)) AND ${isOne}) AS "isOne"
    FROM runs r WHERE ${where} ORDER BY ${order} LIMIT $4
  ) looked WHERE "isOne" OR seen = $4 ORDER BY seen`
interface Walk {
  where: string
  isOne: string
  order: string
}
const ACTIVE: Walk = {
  where: `r."storageState" = 'active' AND r."finishedAt" IS NOT NULL AND r."finishedAt" <= $1::timestamptz
      AND (r."finishedAt", r.id) > ($2::timestamptz, $3)`,
  isOne: `r."outputCount" = 0`,
  order: 'r."finishedAt", r.id',
}
const ARCHIVED: Walk = {
  // A run is made before it ends.
  where: `r."storageState" = 'archived' AND r."createdAt" <= $1::timestamptz AND (r."createdAt", r.id) > ($2::timestamptz, $3)`,
  isOne: 'true',
  order: 'r."createdAt", r.id',
}
const BRIEF = [seen(BRIEF_COLUMNS, ACTIVE), seen(BRIEF_COLUMNS, ARCHIVED)] as const
const WHOLE = [seen(DELETABLE_COLUMNS, ACTIVE), seen(DELETABLE_COLUMNS, ARCHIVED)] as const

const ofScript = (isArchived: boolean) => `
  SELECT ${DELETABLE_COLUMNS} FROM runs r
  WHERE r."scriptId" = $1 AND r."storageState" ${isArchived ? `= 'archived'` : `IN ('active', 'archiving', 'restoring')`}
    AND (r."createdAt", r.id) > ($2::timestamptz, $3)
  ORDER BY r."createdAt", r.id LIMIT $4`

/** As the index has it. */
const PURGEABLE = `
  SELECT ${DELETABLE_COLUMNS} FROM runs r
  WHERE r."storageState" = 'deleted' AND r."purgeAfter" IS NOT NULL AND r."purgeAfter" <= now() AND (r."purgeAfter", r.id) > ($1::timestamptz, $2)
  ORDER BY r."purgeAfter", r.id LIMIT $3`

const OBJECTS = `
  SELECT * FROM (
    (SELECT 'output' AS source, "runId", "objectKey" AS key, "uploadId", fence AS n, path AS at FROM outputs
     WHERE "runId" = ANY($1::text[]) LIMIT $2)
    UNION ALL
    (SELECT 'chunk', "runId", "objectKey", NULL, fence, "offset"::text FROM log_chunks
     WHERE "runId" = ANY($1::text[]) LIMIT $2)
    UNION ALL
    (SELECT 'archive', "runId", key, "uploadId", attempt, '' FROM archives
     WHERE "runId" = ANY($1::text[]) AND status <> 'gone' LIMIT $2)
  ) o LIMIT $2`

/** Of those alone whose runs are being deleted: nobody else is at them. */
const FORGET = `
  WITH o AS MATERIALIZED (
    SELECT o.* FROM jsonb_to_recordset($1::jsonb) AS o(source text, "runId" text, n int, at text)
    JOIN runs r ON r.id = o."runId" AND r."storageState" = 'deleting'
  ), outputs_gone AS (
    DELETE FROM outputs t USING o
    WHERE o.source = 'output' AND t."runId" = o."runId" AND t.path = o.at AND t.fence = o.n
  ), chunks_gone AS (
    DELETE FROM log_chunks t USING o
    WHERE o.source = 'chunk' AND t."runId" = o."runId" AND t.fence = o.n AND t."offset" = o.at::bigint
  )
  UPDATE archives t SET status = 'gone', manifest = '', "uploadId" = NULL, "updatedAt" = now() FROM o
  WHERE o.source = 'archive' AND t."runId" = o."runId" AND t.attempt = o.n`
