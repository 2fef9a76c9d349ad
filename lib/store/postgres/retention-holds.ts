import type { HoldChange, ReleaseChange, RetainChange, RetentionStore } from '../../ports/retention-store.ts'
import { type AuditAction, auditOfRun } from '../../run/audit.ts'
import type { EventType } from '../../run/event.ts'
import type { HeldRun, Hold } from '../../run/hold.ts'
import type { Run } from '../../run/run.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, type PoolClient, transaction } from './connect.ts'
import { query } from './query.ts'
import { runColumns, toRun } from './run-row.ts'

/** What people say of single runs: that they are held, released, kept for longer. */
export function retentionHolds(
  pool: Pool,
): Pick<RetentionStore, 'hold' | 'release' | 'retain' | 'holds' | 'openHolds'> {
  const changed = (
    change: HoldChange | ReleaseChange | RetainChange,
    { statement, values, type, told }: Change,
  ): Promise<Run | null> =>
    guarded(() =>
      transaction(pool, 'BEGIN', async (client) => {
        const [row] = await query(client, statement, values)
        if (row === undefined) return null
        const { until_before: before = null, ...columns } = row
        const run = toRun(columns)
        const data = { reason: change.reason, ...told, ...(before === null ? {} : { before }) }
        await query(client, EVENT, [run.id, type, change.actor, JSON.stringify(data)])
        await noteHold(client, change, type)
        await appendAudit(client, [auditEntry(change, type, run, data)])
        return run
      }),
    )
  return {
    hold: (change) =>
      changed(change, {
        statement: HOLD,
        values: [change.id, change.until],
        type: 'run.held',
        told: { until: change.until },
      }),
    release: (change) =>
      changed(change, { statement: RELEASE, values: [change.id], type: 'run.released', told: {} }),
    retain: (change) =>
      changed(change, {
        statement: RETAIN,
        values: [change.id, change.until],
        type: 'run.retained',
        told: { until: change.until },
      }),
    async openHolds({ after, limit }) {
      const { until, id } = after ?? { until: '-infinity', id: '' }
      return (await query(pool, OPEN_HOLDS, [until, id, limit])) as unknown as HeldRun[]
    },
    holds: async (runId, limit) => (await query(pool, HOLDS, [runId, limit])) as unknown as Hold[],
  }
}

type ChangeType = Extract<EventType, 'run.held' | 'run.released' | 'run.retained'> & AuditAction

interface Change {
  statement: string
  values: unknown[]
  type: ChangeType
  told: Record<string, unknown>
}

/** The history of holds: the one before ends with the next, or with the release. */
async function noteHold(
  client: PoolClient,
  change: HoldChange | ReleaseChange | RetainChange,
  type: ChangeType,
) {
  if (type === 'run.retained') return
  await query(client, END_HOLDS, [change.id, change.actor, type === 'run.released' ? change.reason : null])
  if (type === 'run.held' && 'holdId' in change)
    await query(client, NOTE_HOLD, [change.holdId, change.id, change.reason, change.actor, change.until])
}

function auditEntry(
  { auditId, actor, requestId, reason }: ReleaseChange,
  action: ChangeType,
  run: Run,
  { reason: _reason, ...told }: Record<string, unknown>,
) {
  const { stats, ...of } = auditOfRun(run)
  return { ...of, id: auditId, action, actor, requestId, reason, stats: { ...stats, ...told } }
}

/** The data is there, and nobody is at deleting it. */
const IS_THERE = `r."storageState" NOT IN ('deleting', 'deleted')`
const HOLD = `
  UPDATE runs r SET "holdUntil" = $2::timestamptz, "updatedAt" = now()
  WHERE r.id = $1 AND ${IS_THERE} RETURNING ${runColumns('r')}`
// One of a run that is deleted, too: it may have come while that was being restored, and keeps it from being purged.
const RELEASE = `
  UPDATE runs r SET "holdUntil" = NULL, "updatedAt" = now()
  WHERE r.id = $1 AND r."holdUntil" > now() AND r."storageState" <> 'deleting' RETURNING ${runColumns('r')}`
const RETAIN = `
  WITH old AS (SELECT id, "retainUntil" FROM runs WHERE id = $1 FOR NO KEY UPDATE)
  UPDATE runs r SET "retainUntil" = $2::timestamptz, "updatedAt" = now() FROM old
  WHERE r.id = old.id AND ${IS_THERE} RETURNING ${runColumns('r')}, old."retainUntil" AS until_before`
const EVENT = 'INSERT INTO run_events ("runId", type, actor, data) VALUES ($1, $2, $3, $4::jsonb)'
const END_HOLDS = `
  UPDATE holds SET "releasedAt" = least(now(), "until"), "releasedBy" = CASE WHEN "until" > now() THEN $2 END,
    "releaseReason" = CASE WHEN "until" > now() THEN coalesce($3, 'held anew') ELSE 'it expired' END
  WHERE "runId" = $1 AND "releasedAt" IS NULL`
const NOTE_HOLD = `
  INSERT INTO holds (id, "runId", reason, "heldBy", "until") VALUES ($1, $2, $3, $4, $5::timestamptz)`
/** Along the index of those nobody has released; what has expired lies before it. */
const OPEN_HOLDS = `
  SELECT h.id, h."runId", h.reason, h."heldBy", h."heldAt", h."until", r.kind, r."projectId", r.state, r."storageState",
    CASE WHEN r."archivePath" IS NULL THEN r."logBytes" + r."outputBytes" ELSE coalesce(r."archiveBytes", 0) END AS bytes
  FROM holds h JOIN runs r ON r.id = h."runId"
  WHERE h."releasedAt" IS NULL AND h."until" > now() AND (h."until", h.id) > ($1::timestamptz, $2)
  ORDER BY h."until", h.id LIMIT $3`
const HOLDS = `
  SELECT id, "runId", reason, "heldBy", "heldAt", "until", "releasedAt", "releasedBy", "releaseReason"
  FROM holds WHERE "runId" = $1 ORDER BY id DESC LIMIT $2`
