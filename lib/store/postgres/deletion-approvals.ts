import type { ApprovalStore, DeletionPass } from '../../ports/approval-store.ts'
import type { Sweep, SweepApproval } from '../../run/sweep.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'
import { SWEEP_COLUMNS } from './sweep-store.ts'

/** What was deleted before, and what people have let through, in a Postgres database. */
export function postgresApprovalStore(pool: Pool): ApprovalStore {
  return {
    passes: async (kind, limit) => (await query(pool, PASSES, [kind, limit])) as unknown as DeletionPass[],
    population: async () => (await query(pool, POPULATION))[0]?.count as number,
    approve: (id, approval, audit) =>
      guarded(() =>
        transaction(pool, 'BEGIN', async (client) => {
          const [row] = await query(client, APPROVE, [id, JSON.stringify(approval)])
          if (row === undefined) return null
          await appendAudit(client, [audit])
          return row as unknown as Sweep
        }),
      ),
    async approvalFor(kind, policyHash) {
      const [row] = await query(pool, APPROVAL_FOR, [kind, policyHash])
      return row === undefined ? null : { sweepId: row.id as string, approval: row.approval as SweepApproval }
    },
    useApproval: async (sweepId, { runs, bytes }) =>
      (await query(pool, USE_APPROVAL, [sweepId, runs, bytes])).length > 0,
    totals: async (kind) =>
      (await query(pool, TOTALS, [kind]))[0] as unknown as Awaited<ReturnType<ApprovalStore['totals']>>,
    lastCursor: async (kind) => (await query(pool, LAST_CURSOR, [kind]))[0]?.cursor ?? null,
  }
}

/** Those that did something: one that was held, however often, is no proof of its policy. */
const PASSES = `
  SELECT id, status, "startedAt", policy ->> 'hash' AS "policyHash",
    coalesce((counts ->> 'deletedRuns')::float8, 0) AS deleted
  FROM sweeps WHERE kind = $1 AND NOT "dryRun" AND status IN ('completed', 'partial') ORDER BY kind, id DESC LIMIT $2`

/** Few are counted; of many the database has an estimate, which costs nothing. */
const POPULATION = `
  SELECT CASE WHEN few.count <= 100000 THEN few.count ELSE greatest(few.count, estimate.count) END AS count
  FROM (
    SELECT count(*)::float8 AS count
    FROM (SELECT 1 FROM runs WHERE "storageState" NOT IN ('deleting', 'deleted') LIMIT 100001) counted
  ) few, (
    SELECT round(r.reltuples - greatest(d.reltuples, 0))::float8 AS count FROM pg_class r, pg_class d
    WHERE r.oid = 'runs'::regclass AND d.oid = 'runs_deleted'::regclass
  ) estimate`

const IS_OVER = `(approval ->> 'expiresAt')::timestamptz <= now()`
const APPROVE = `
  UPDATE sweeps SET approval = $2::jsonb
  WHERE id = $1 AND status = 'needs_approval' AND (approval IS NULL OR ${IS_OVER}) RETURNING ${SWEEP_COLUMNS}`
const APPROVAL_FOR = `
  SELECT id, approval FROM sweeps
  WHERE kind = $1 AND status = 'needs_approval' AND approval ->> 'policyHash' = $2 AND NOT ${IS_OVER}
    AND (approval ->> 'usedRuns')::float8 < (approval ->> 'mostRuns')::float8
  ORDER BY kind, id DESC LIMIT 1`

const used = (name: string, amount: string) => `(approval ->> '${name}')::bigint + ${amount}::bigint`
const USE_APPROVAL = `
  UPDATE sweeps SET approval = approval || jsonb_build_object('usedRuns', ${used('usedRuns', '$2')},
    'usedBytes', ${used('usedBytes', '$3')})
  WHERE id = $1 AND NOT ${IS_OVER} AND ${used('usedRuns', '$2')} <= (approval ->> 'mostRuns')::bigint
    AND ${used('usedBytes', '$3')} <= (approval ->> 'mostBytes')::bigint
  RETURNING 1`

const summed = (value: string) => `coalesce(sum(${value}), 0)::float8`
const TOTALS = `
  SELECT ${summed(`(counts ->> 'deletedRuns')::float8`)} AS runs,
    ${summed(`(counts ->> 'deletedLogFiles')::float8`)} AS "logFiles", ${summed('bytes')} AS bytes
  FROM sweeps WHERE kind = $1 AND NOT "dryRun"`
const LAST_CURSOR = `
  SELECT cursor FROM sweeps WHERE kind = $1 AND NOT "dryRun" AND "completedAt" IS NOT NULL ORDER BY kind, id DESC LIMIT 1`
