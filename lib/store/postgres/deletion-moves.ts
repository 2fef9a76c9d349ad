import type { AuditEntry } from '../../ports/audit-store.ts'
import type { DeletableRun, DeletionStore } from '../../ports/deletion-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { auditEntries, DELETABLE_COLUMNS, lockedRuns, seenOf, toDeletable } from './deletion-rows.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'

/** Ways out for runs of which nothing has to be removed from the object store, or nothing yet. */
export function deletionMoves(pool: Pool): Pick<DeletionStore, 'deleteSoftly' | 'removeBare' | 'undelete'> {
  /** One statement and its rows of the audit, all or none. */
  const move = (text: string, values: unknown[], audit: (gone: DeletableRun[]) => AuditEntry[]) =>
    guarded(() =>
      transaction(pool, 'BEGIN', async (client) => {
        const gone = (await query(client, text, values)).map(toDeletable)
        await appendAudit(client, audit(gone))
        return gone.map(({ id }) => id)
      }),
    )
  return {
    async deleteSoftly({ graceDays, ...batch }) {
      const { actor, sweepId, reason } = batch
      const states = new Map(batch.runs.map(({ id, storageState }) => [id, storageState]))
      const before = (run: DeletableRun) => ({ ...run, storageState: states.get(run.id) ?? run.storageState })
      return await move(SOFTLY, [seenOf(batch), reason, graceDays, actor, sweepId], (gone) =>
        auditEntries(gone.map(before), batch, { action: 'run.deleted', deletedAt: 'now' }),
      )
    },
    removeBare: (batch) =>
      move(REMOVE_BARE, [seenOf(batch)], (gone) =>
        auditEntries(gone, batch, { action: 'run.deleted', deletedAt: 'now' }),
      ),
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
    FROM locked WHERE r.id = locked.id RETURNING ${DELETABLE_COLUMNS}
  ), events AS (
    INSERT INTO run_events ("runId", type, actor, data)
    SELECT id, 'run.deleted', $4, jsonb_build_object('mode', 'soft', 'reason', $2::text, 'sweepId', $5::text, 'purgeAfter',
      to_char("purgeAfter" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    FROM gone
  )
  SELECT * FROM gone`

/** No row of a table is about the run `r`. As a value: of a join the planner might make one over the whole table. */
const none = (table: string, where = 'true') =>
  `(SELECT 1 FROM ${table} t WHERE t."runId" = r.id AND ${where} LIMIT 1) IS NULL`

const REMOVE_BARE = `
  WITH ${lockedRuns(`r."logBytes" = 0 AND r."logFile" IS NULL AND r."outputCount" = 0 AND r."archivePath" IS NULL
    AND r."storageState" IN ('active', 'deleted')
    AND ${none('outputs')} AND ${none('log_chunks')} AND ${none('archives', `t.status <> 'gone'`)}`)}, gone AS (
    DELETE FROM runs r USING locked WHERE r.id = locked.id RETURNING ${DELETABLE_COLUMNS}
  ), events AS (
    DELETE FROM run_events e USING gone WHERE e."runId" = gone.id
  ), attempts AS (
    DELETE FROM archives a USING gone WHERE a."runId" = gone.id
  )
  SELECT * FROM gone`

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
