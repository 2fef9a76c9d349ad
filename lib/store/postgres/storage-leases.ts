import { createHash } from 'node:crypto'
import type { ArchiveStore, StorageLease, TakeStorage } from '../../ports/archive-store.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'
import { IS_FINAL } from './whether-open.ts'

/** Who has a run's storage in hand, and for how long. */
export function storageLeases(pool: Pool): Pick<ArchiveStore, 'take' | 'extend' | 'release' | 'giveUp'> {
  const touch = async (text: string, { runId, storageFence }: StorageLease, values: unknown[]) =>
    await query(pool, text, [runId, storageFence, ...values])
  return {
    async take({ id, work, leaseSeconds, most }) {
      const taken = () =>
        transaction(pool, 'BEGIN', async (client) => {
          // Its own statement: the next one sees what whoever had the lock before has done.
          await query(client, LOCK, [CONCURRENCY])
          const [busy] = work === 'restore' || work === 'repair' ? [] : await query(client, COUNT, [id])
          if (busy?.isArchiving && (busy.count as number) >= most) return 'busy' as const
          const [row = null] = await query(client, TAKE[work], [id, leaseSeconds])
          if ((work === 'restore' || work === 'repair') && row !== null)
            await query(client, AFRESH, [id, row.archivePath])
          return row
        })
      const row = await guarded(taken)
      if (row === null || row === 'busy') return row
      const { storageFence, ...run } = row
      return { run: toRun(run), lease: { runId: id, storageFence: storageFence as number } }
    },
    extend: async (lease, leaseSeconds) => (await touch(EXTEND, lease, [leaseSeconds])).length > 0,
    async release(lease, inSeconds) {
      await touch(RELEASE, lease, [inSeconds])
    },
    async giveUp(lease, isDamaged = false) {
      const [row] = await touch(GIVE_UP, lease, [isDamaged])
      return row === undefined ? null : toRun(row)
    },
  }
}

/** The lease on a run's storage, where it is still the same: its row is locked until the statement is through. */
export const heldLease = (...states: string[]) => `
  held AS MATERIALIZED (
    SELECT r.id FROM runs r WHERE ${isHeld(...states)} FOR NO KEY UPDATE
  )`

/** Whether the lease in `$1` and `$2` is still the same, and the run where it is said to be. */
export const isHeld = (...states: string[]) =>
  `r.id = $1 AND r."storageFence" = $2 AND r."storageLeaseExpiresAt" IS NOT NULL AND r."storageState" IN (${list(states)})`

/** Whether nobody may put the run `r` away. */
export const IS_KEPT = `r."holdUntil" > now()`

const list = (states: string[]) => states.map((state) => `'${state}'`).join(', ')

const CONCURRENCY = createHash('sha256').update('runledger.archiving').digest().readBigInt64BE(0)
const LOCK = 'SELECT pg_advisory_xact_lock($1)'

/** How many others are being archived by somebody who is there, and whether this one would be one of them. */
const COUNT = `
  SELECT count(*)::int AS count,
    coalesce((SELECT "storageState" IN ('active', 'archiving') FROM runs WHERE id = $1), false) AS "isArchiving"
  FROM runs WHERE "storageLeaseExpiresAt" > now() AND "storageState" = 'archiving' AND id <> $1`

const taking = (to: string, where: string) => `
  UPDATE runs r SET "storageState" = ${to}, "storageFence" = r."storageFence" + 1, "updatedAt" = now(),
    "storageLeaseExpiresAt" = now() + $2::float8 * interval '1 second'
  WHERE r.id = $1 AND ${where} RETURNING ${runColumns('r')}, r."storageFence"`

/** Nobody is at the files of the run `r`. */
export const IS_FREE = `(r."storageLeaseExpiresAt" IS NULL OR r."storageLeaseExpiresAt" <= now())`

/** The copy is the archive again: what is missing of the files is in it, and where that cannot be mended the run is archived. */
const REPAIR = `
  WITH copy AS (
    SELECT a.* FROM archives a WHERE a."runId" = $1 AND a.status = 'restored' ORDER BY a.attempt DESC LIMIT 1
  ), taken AS (
    UPDATE runs r SET "storageState" = 'restoring', "storageFence" = r."storageFence" + 1, "updatedAt" = now(),
      "storageLeaseExpiresAt" = now() + $2::float8 * interval '1 second', "archivedAt" = now(), "archivePath" = copy.key,
      "archiveBytes" = copy.bytes, "archiveSha256" = copy.sha256, "archiveVerifiedAt" = NULL
    FROM copy WHERE r.id = $1 AND r."storageState" = 'active' AND ${IS_FREE}
    RETURNING ${runColumns('r')}, r."storageFence"
  ), kept AS (
    UPDATE archives a SET status = 'kept', "updatedAt" = now() FROM taken WHERE a."runId" = $1 AND a.key = taken."archivePath"
  )
  SELECT * FROM taken`

const TAKE: Record<TakeStorage['work'], string> = {
  archive: taking(
    `'archiving'`,
    `r."storageState" = 'active' AND ${IS_FINAL} AND coalesce(${IS_KEPT}, false) = false
      AND r."logBytes" = r."logObjectBytes"
      AND NOT EXISTS (SELECT FROM log_chunks c WHERE c."runId" = r.id)
      AND NOT EXISTS (SELECT FROM outputs o WHERE o."runId" = r.id AND o."committedAt" IS NULL)`,
  ),
  restore: taking(
    `'restoring'`,
    `${IS_FREE} AND r."archivePath" IS NOT NULL
      AND (r."storageState" = 'archived' OR (r."storageState" = 'deleted' AND r."purgeAfter" > now()))`,
  ),
  repair: REPAIR,
  resume: taking(
    'r."storageState"',
    `r."storageLeaseExpiresAt" <= now() AND r."storageState" IN ('archiving', 'archived', 'restoring')`,
  ),
}

/** What was read back when it was made, or when it was restored before, counts for nothing. */
const AFRESH = `UPDATE archives SET "readBack" = 0 WHERE "runId" = $1 AND key = $2`

const EXTEND = `
  UPDATE runs r SET "storageLeaseExpiresAt" = now() + $3::float8 * interval '1 second'
  WHERE ${isHeld('archiving', 'archived', 'restoring', 'deleting')} RETURNING r.id`
const RELEASE = `
  UPDATE runs r SET "storageLeaseExpiresAt" = date_trunc('milliseconds', now()) + $3::float8 * interval '1 second'
  WHERE ${isHeld('archiving', 'archived', 'restoring', 'deleting')}`
const GIVE_UP = `
  UPDATE runs r SET "updatedAt" = now(),
    "storageLeaseExpiresAt" = CASE WHEN r."storageState" = 'restoring' AND r."deletedAt" IS NULL AND NOT $3::boolean AND EXISTS (
        SELECT FROM archives a WHERE a."runId" = r.id AND a.key = r."archivePath" AND a.status IN ('archived', 'removing')
      ) THEN date_trunc('milliseconds', now()) END,
    "storageState" = CASE WHEN r."storageState" = 'archiving' THEN 'active'
      WHEN r."deletedAt" IS NOT NULL THEN 'deleted' ELSE 'archived' END
  WHERE ${isHeld('archiving', 'restoring')} RETURNING ${runColumns('r')}`
