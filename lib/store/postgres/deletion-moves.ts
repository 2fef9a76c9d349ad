import type { DeletionBatch, DeletionStore } from '../../ports/deletion-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { auditEntries, lockedRuns, seenOf } from './deletion-rows.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'

/** Ways out for runs of which nothing has to be removed from the object store, or nothing yet. */
export function deletionMoves(
  pool: Pool,
): Pick<DeletionStore, 'deleteSoftly' | 'removeBare' | 'endGrace' | 'undelete'> {
  /** One statement and its rows of the audit, all or none. What went was as it was seen: so it is told. */
  const move = (
    text: string,
    batch: DeletionBatch,
    values: unknown[] = [],
    action: 'run.deleted' | 'run.purged' = 'run.deleted',
  ) =>
    guarded(() =>
      transaction(pool, 'BEGIN', async (client) => {
        const rows = await query(client, text, [seenOf(batch), ...values])
        const ids = new Set(rows.map(({ id }) => id as string))
        const gone = batch.runs.filter(({ id }) => ids.has(id))
        await appendAudit(client, auditEntries(gone, batch, { action, deletedAt: 'now' }))
        return [...ids]
      }),
    )
  return {
    deleteSoftly: ({ graceDays, ...batch }) =>
      move(SOFTLY, batch, [batch.reason, graceDays, batch.actor, batch.sweepId]),
    removeBare: (batch) => move(REMOVE_BARE, batch),
    endGrace: (batch) => move(END_GRACE, batch, [], 'run.purged'),
    undelete: (id, audit, actor) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          const [row] = await query(client, UNDELETE, [id, actor])
          if (row === undefined) return null
          await appendAudit(client, [audit])
          return toRun(row)
        }),
      ),
  }
}

const SOFTLY = `
  WITH ${lockedRuns(`r."storageState" IN ('active', 'archived')`)}, gone AS (
    UPDATE runs r SET "storageState" = 'deleted', "storageFence" = r."storageFence" + 1, "storageLeaseExpiresAt" = NULL,
      "deletedAt" = now(), "deletionReason" = $2, "purgeAfter" = now() + $3::float8 * interval '1 day', "updatedAt" = now()
    FROM locked WHERE r.id = locked.id RETURNING r.id
  ), said AS MATERIALIZED (
    SELECT jsonb_build_object('mode', 'soft', 'reason', $2::text, 'sweepId', $5::text, 'purgeAfter', to_char(
      (now() + $3::float8 * interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS data
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data) SELECT gone.id, 'run.deleted', $4, said.data FROM gone, said
  )
  SELECT id FROM gone`

/** No row of a table is about the run `r`. As a value: of a join the planner might make one over the whole table. */
const none = (table: string, where = 'true') =>
  `(SELECT 1 FROM ${table} t WHERE t."runId" = r.id AND ${where} LIMIT 1) IS NULL`

/** There is nothing of the run `r` in the object store, nor about to be. */
const IS_BARE = `
    r."logBytes" = 0 AND r."logFile" IS NULL AND r."outputCount" = 0 AND r."archivePath" IS NULL
    AND ${none('outputs')} AND ${none('log_chunks')} AND ${none('archives', `t.status <> 'gone'`)}`

const REMOVE_BARE = `
  WITH ${lockedRuns(`r."storageState" IN ('active', 'deleted') AND ${IS_BARE}`)}, gone AS (
    DELETE FROM runs r USING locked WHERE r.id = locked.id RETURNING r.id
  ), events AS (
    DELETE FROM run_events e USING gone WHERE e."runId" = gone.id
  ), attempts AS (
    DELETE FROM archives a USING gone WHERE a."runId" = gone.id
  )
  SELECT id FROM gone`

const END_GRACE = `
  WITH ${lockedRuns(`r."storageState" = 'deleted' AND r."purgeAfter" <= now() AND ${IS_BARE}`)}
  UPDATE runs r SET "purgeAfter" = NULL, "updatedAt" = now() FROM locked WHERE r.id = locked.id RETURNING r.id`

const UNDELETE = `
  WITH moved AS (
    UPDATE runs r SET "storageState" = 'active', "storageFence" = r."storageFence" + 1, "deletedAt" = NULL,
      "deletionReason" = NULL, "purgeAfter" = NULL, "restoredAt" = now(), "updatedAt" = now()
    WHERE r.id = $1 AND r."storageState" = 'deleted' AND r."purgeAfter" > now() AND r."archivePath" IS NULL
    RETURNING ${runColumns('r')}
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data) SELECT id, 'run.restored', $2, '{"path": null}' FROM moved
  )
  SELECT * FROM moved`
