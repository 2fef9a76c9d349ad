import { createHash } from 'node:crypto'
import type { AuditEntry } from '../../ports/audit-store.ts'
import { type AuditRow, auditText, NO_HASH } from '../../run/audit.ts'
import type { PoolClient } from './connect.ts'
import { query } from './query.ts'

/** Whoever adds to the chain holds this until its transaction ends. */
const LOCK = 7_234_563

/**
 * Adds rows to the chain within a transaction, all at once. It is the last thing a transaction does: from here to its end everybody
 * else who adds waits, so whoever locks runs has locked them before.
 */
export async function appendAudit(client: PoolClient, entries: AuditEntry[]): Promise<AuditRow[]> {
  if (entries.length === 0) return []
  await query(client, 'SELECT pg_advisory_xact_lock($1)', [LOCK])
  // A statement of its own: one that waits for the lock does not see what was added meanwhile.
  const [head] = await query(client, HEAD)
  const rows = chained(entries, head as unknown as Head)
  await query(client, INSERT, [JSON.stringify(rows)])
  return rows
}

interface Head {
  now: string
  seq: number | null
  hash: string | null
}

function chained(entries: AuditEntry[], { now, seq, hash }: Head): AuditRow[] {
  const rows: AuditRow[] = []
  for (const entry of entries) {
    const last = rows.at(-1) ?? { seq: seq ?? 0, hash: hash ?? NO_HASH }
    const { deletedAt = null, ...said } = entry
    const row = {
      ...UNSAID,
      ...said,
      seq: last.seq + 1,
      at: now,
      deletedAt: deletedAt === 'now' ? now : deletedAt,
      prevHash: last.hash,
    }
    rows.push({ ...row, hash: createHash('sha256').update(auditText(row)).digest('hex') })
  }
  return rows
}

const UNSAID = {
  phase: null,
  requestId: null,
  sweepId: null,
  reason: null,
  jobId: null,
  jobName: null,
  projectId: null,
  folderName: null,
  createdAt: null,
  completedAt: null,
  archivedAt: null,
  createdBy: null,
  deletionReason: null,
  stats: {},
}

const COLUMNS = {
  seq: 'bigint',
  id: 'text',
  action: 'text',
  phase: 'text',
  at: 'timestamptz',
  actor: 'text',
  requestId: 'text',
  sweepId: 'text',
  reason: 'text',
  jobId: 'text',
  jobName: 'text',
  projectId: 'text',
  folderName: 'text',
  createdAt: 'timestamptz',
  completedAt: 'timestamptz',
  archivedAt: 'timestamptz',
  deletedAt: 'timestamptz',
  createdBy: 'text',
  deletionReason: 'text',
  stats: 'jsonb',
  prevHash: 'text',
  hash: 'text',
} satisfies Record<keyof AuditRow, string>

/** All that a row is read by. */
export const AUDIT_COLUMNS = Object.keys(COLUMNS)
  .map((name) => `"${name}"`)
  .join(', ')

const HEAD = `
  SELECT greatest(date_trunc('milliseconds', clock_timestamp()), h.at) AS now, h.seq, h.hash
  FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT seq, hash, at FROM job_audit ORDER BY seq DESC LIMIT 1) h ON true`
const INSERT = `
  INSERT INTO job_audit (${AUDIT_COLUMNS})
  SELECT ${AUDIT_COLUMNS} FROM jsonb_to_recordset($1::jsonb)
    AS row(${Object.entries(COLUMNS)
      .map(([name, type]) => `"${name}" ${type}`)
      .join(', ')})
  ORDER BY seq`
