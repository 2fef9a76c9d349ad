import type { SteppedWalk, StorageStore, StorageWalk } from '../../ports/storage-store.ts'
import { type StorageHeld, type StorageSample, sumHeld } from '../../run/storage.ts'
import type { Pool } from './connect.ts'
import { query } from './query.ts'

/** What the storage of a Postgres database's runs holds. */
export function postgresStorageStore(pool: Pool): StorageStore {
  const rows = async <T>(text: string, values: unknown[] = []) =>
    (await query(pool, text, values)) as unknown as T[]
  return {
    async open() {
      await rows(BEGIN)
      return (await rows<StorageWalk>(OPEN))[0] ?? null
    },
    step: async ({ day, after }, runs) => (await rows<SteppedWalk>(STEP, [day, after, runs]))[0] ?? null,
    complete: async ({ day }, keepDays) => (await rows<StorageSample>(COMPLETE, [day, keepDays]))[0] ?? null,
    samples: (limit) => rows(SAMPLES, [limit]),
    held: async (day) => (await rows<StorageHeld>(ON_HOLD, [day]))[0] ?? sumHeld([]),
    shares: (day, by, limit) => rows<StorageHeld & { name: string }>(SHARES[by], [day, limit]),
  }
}

const TODAY = `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')`
const HELD = ['runs', 'logBytes', 'outputBytes', 'archiveBytes', 'originalBytes']
const quoted = (name: string) => `"${name}"`
const SUMS = HELD.map((name) => `sum("${name}")::bigint AS "${name}"`).join(', ')

/** One that is not whole is gone on with first. */
const BEGIN = `
  INSERT INTO storage_walks (day) SELECT ${TODAY}
  WHERE NOT EXISTS (SELECT 1 FROM storage_walks WHERE "completedAt" IS NULL) ON CONFLICT DO NOTHING`

const OPEN = `
  SELECT day, after, walked FROM storage_walks WHERE "completedAt" IS NULL ORDER BY day LIMIT 1`

/** What was made stays where it was made until an archive of it counts, and when it is deleted softly, until it is purged. */
const IS_IN_PLACE = `(r."storageState" IN ('active', 'archiving', 'deleting')
  OR r."storageState" = 'deleted' AND r."purgeAfter" IS NOT NULL) AND r."archivePath" IS NULL`

/** A run that was restored has a copy in the archive it came from. */
const ARCHIVE_BYTES = `CASE
  WHEN r."archivePath" IS NOT NULL THEN coalesce(r."archiveBytes", 0)
  WHEN r."restoredAt" IS NOT NULL THEN
    coalesce((SELECT sum(a.bytes) FROM archives a WHERE a."runId" = r.id AND a.status = 'restored'), 0)
  ELSE 0 END`

/** The page, the place it leads to, and what it adds to the sample: all or nothing, and once, by whoever was there. */
const STEP = `
  WITH page AS MATERIALIZED (
    SELECT r.id, coalesce(r."projectId", '') AS "projectId", r.kind, r."storageState",
      coalesce(r."holdUntil" > now(), false) AS "isHeld",
      CASE WHEN ${IS_IN_PLACE} THEN r."logBytes" ELSE 0 END AS "logBytes",
      CASE WHEN ${IS_IN_PLACE} THEN r."outputBytes" ELSE 0 END AS "outputBytes",
      ${ARCHIVE_BYTES} AS "archiveBytes",
      CASE WHEN r."archivePath" IS NOT NULL THEN r."logBytes" + r."outputBytes" ELSE 0 END AS "originalBytes"
    FROM runs r WHERE r.id > $2 ORDER BY r.id LIMIT $3
  ), moved AS (
    UPDATE storage_walks w SET after = coalesce(p.last, w.after), walked = w.walked + p.runs
    FROM (SELECT max(id) AS last, count(*) AS runs FROM page) p
    WHERE w.day = $1 AND w.after = $2 AND w."completedAt" IS NULL
    RETURNING w.day, w.after, w.walked, p.runs < $3 AS "isThrough"
  ), counted AS (
    INSERT INTO storage_samples AS s (day, "projectId", kind, "storageState", "isHeld", ${HELD.map(quoted).join(', ')})
    SELECT moved.day, p."projectId", p.kind, p."storageState", p."isHeld", count(*),
      ${HELD.slice(1)
        .map((name) => `sum(p."${name}")`)
        .join(', ')}
    FROM page p CROSS JOIN moved GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (day, "storageState", kind, "projectId", "isHeld") DO UPDATE SET
      ${HELD.map((name) => `"${name}" = s."${name}" + excluded."${name}"`).join(', ')}
  )
  SELECT * FROM moved`

const SAMPLE = `day, "completedAt", totals AS "byState"`

const COMPLETE = `
  WITH forgotten AS (
    DELETE FROM storage_samples WHERE day < to_char(now() AT TIME ZONE 'UTC' - $2::int * interval '1 day', 'YYYY-MM-DD')
  )
  UPDATE storage_walks SET "completedAt" = now(), totals = (
    SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t."storageState"), '[]') FROM (
      SELECT "storageState", ${SUMS} FROM storage_samples WHERE day = $1 GROUP BY 1
    ) t
  )
  WHERE day = $1 AND "completedAt" IS NULL RETURNING ${SAMPLE}`

const SAMPLES = `
  SELECT ${SAMPLE} FROM storage_walks WHERE "completedAt" IS NOT NULL ORDER BY day DESC LIMIT $1`

const ON_HOLD = `
  SELECT ${HELD.map((name) => `coalesce(sum("${name}"), 0)::bigint AS "${name}"`).join(', ')}
  FROM storage_samples WHERE day = $1 AND "isHeld"`

const sharesBy = (column: 'kind' | 'projectId') => `
  SELECT "${column}" AS name, ${SUMS} FROM storage_samples WHERE day = $1 GROUP BY 1
  ORDER BY sum("logBytes" + "outputBytes" + "archiveBytes") DESC, 1 LIMIT $2`
const SHARES = { kind: sharesBy('kind'), projectId: sharesBy('projectId') }
