import type { StorageLease } from '../../ports/archive-store.ts'
import type { DeletableRun, DeletionStore, TakenDeletion } from '../../ports/deletion-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { auditEntries, DELETABLE_COLUMNS, lockedRuns, seenOf, toDeletable } from './deletion-rows.ts'
import { query } from './query.ts'

type Methods = 'take' | 'resume' | 'extend' | 'release' | 'finish' | 'stalled'

/** Runs whose objects are being removed: in somebody's hands, from the first word of it to the last. */
export function deletionLeases(pool: Pool): Pick<DeletionStore, Methods> {
  return {
    take: ({ work, leaseSeconds, ...batch }) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          const values = [seenOf(batch), leaseSeconds, ...(work === 'purge' ? [] : [batch.reason])]
          const taken = (await query(client, TAKE[work], values)).map(toTaken)
          const states = new Map(batch.runs.map(({ id, storageState }) => [id, storageState]))
          const before = taken.map(({ run }) => ({
            ...run,
            storageState: states.get(run.id) ?? run.storageState,
          }))
          await appendAudit(client, auditEntries(before, batch, { action: ACTION[work], phase: 'pending' }))
          return taken
        }),
      ),
    async resume(id, leaseSeconds) {
      const [row] = await query(pool, RESUME, [id, leaseSeconds])
      return row === undefined ? null : toTaken(row)
    },
    extend: async (leases, leaseSeconds) =>
      (await query(pool, EXTEND, [leasesOf(leases), leaseSeconds])).map(({ id }) => id as string),
    async release(leases, inSeconds) {
      await query(pool, RELEASE, [leasesOf(leases), inSeconds])
    },
    finish: (taken, author) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          const gone = [...(await end(client, taken, 'delete')), ...(await end(client, taken, 'purge'))]
          const done = taken.filter(({ run }) => gone.includes(run.id))
          const entries = done.flatMap(({ run, work }) =>
            auditEntries([run], author, { action: ACTION[work], phase: 'confirmed', deletedAt: 'now' }),
          )
          await appendAudit(client, entries)
          return gone
        }),
      ),
    stalled: async (limit) =>
      (await query(pool, `${STALLED_DELETIONS} ORDER BY "storageLeaseExpiresAt", id LIMIT $1`, [limit])).map(
        ({ id }) => id as string,
      ),
  }
}

type Work = TakenDeletion['work']

const ACTION = { delete: 'run.deleted', purge: 'run.purged' } as const

async function end(client: PoolClient, taken: TakenDeletion[], work: Work): Promise<string[]> {
  const those = taken.filter((one) => one.work === work)
  if (those.length === 0) return []
  const rows = await query(client, END[work], [leasesOf(those.map(({ lease }) => lease))])
  return rows.map(({ id }) => id as string)
}

/** One whose grace is to be over is purged; what is to go for good has none. */
function toTaken(row: Record<string, unknown>): TakenDeletion {
  const run: DeletableRun = toDeletable(row)
  const { id: runId, storageFence, purgeAfter } = run
  return { run, lease: { runId, storageFence }, work: purgeAfter === null ? 'delete' : 'purge' }
}

const leasesOf = (leases: StorageLease[]) =>
  JSON.stringify(leases.map(({ runId: id, storageFence: fence }) => ({ id, fence })))

const taking = (set: string, where: string) => `
  WITH ${lockedRuns(where)}
  UPDATE runs r SET "storageState" = 'deleting', "storageFence" = r."storageFence" + 1, ${set}
    "storageLeaseExpiresAt" = now() + $2::float8 * interval '1 second', "updatedAt" = now()
  FROM locked WHERE r.id = locked.id RETURNING ${DELETABLE_COLUMNS}`

const TAKE: Record<Work, string> = {
  delete: taking(
    `"deletionReason" = $3, "purgeAfter" = NULL,`,
    `r."storageState" IN ('active', 'archived', 'deleted')`,
  ),
  purge: taking('', `r."storageState" = 'deleted' AND r."purgeAfter" <= now()`),
}

const RESUME = `
  UPDATE runs r SET "storageFence" = r."storageFence" + 1, "updatedAt" = now(),
    "storageLeaseExpiresAt" = now() + $2::float8 * interval '1 second'
  WHERE r.id = $1 AND r."storageState" = 'deleting' AND r."storageLeaseExpiresAt" <= now()
  RETURNING ${DELETABLE_COLUMNS}`

/** The runs of `$1`, in the hands that are said. */
const HELD = `
  held AS MATERIALIZED (
    SELECT r.id FROM jsonb_to_recordset($1::jsonb) AS l(id text, fence int) JOIN runs r ON r.id = l.id
    WHERE r."storageFence" = l.fence AND r."storageState" = 'deleting' ORDER BY r.id FOR UPDATE OF r
  )`
const EXTEND = `
  WITH ${HELD}
  UPDATE runs r SET "storageLeaseExpiresAt" = now() + $2::float8 * interval '1 second'
  FROM held WHERE r.id = held.id RETURNING r.id`
const RELEASE = `
  WITH ${HELD}
  UPDATE runs r SET "storageLeaseExpiresAt" = date_trunc('milliseconds', now()) + $2::float8 * interval '1 second'
  FROM held WHERE r.id = held.id`

const RECORDS = ['outputs', 'log_chunks', 'archives', 'archive_parts']
const forgotten = (names: string[]) =>
  names
    .map((name) => `, ${name}_gone AS (DELETE FROM ${name} t USING gone WHERE t."runId" = gone.id)`)
    .join('')

const END: Record<Work, string> = {
  delete: `
  WITH ${HELD}, gone AS (
    DELETE FROM runs r USING held WHERE r.id = held.id RETURNING r.id
  )${forgotten(['run_events', ...RECORDS])}
  SELECT id FROM gone`,
  purge: `
  WITH ${HELD}, gone AS (
    UPDATE runs r SET "storageState" = 'deleted', "storageLeaseExpiresAt" = NULL, "purgeAfter" = NULL, "archivePath" = NULL,
      "archiveBytes" = NULL, "archiveSha256" = NULL, "logFile" = NULL, "logBytes" = 0, "logObjectBytes" = 0,
      "outputBytes" = 0, "outputCount" = 0, "updatedAt" = now()
    FROM held WHERE r.id = held.id RETURNING r.id
  )${forgotten(RECORDS)}, events AS (
    INSERT INTO run_events ("runId", type, actor, data) SELECT id, 'run.deleted', 'system', '{"mode": "purge"}' FROM gone
  )
  SELECT id FROM gone`,
}

/** Runs that somebody began to delete, and left. */
export const STALLED_DELETIONS = `
  SELECT id FROM runs WHERE "storageLeaseExpiresAt" <= now() AND "storageState" = 'deleting'`
