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
  const [first] = rows
  if (first !== undefined && rows.every((row) => ALIKE.every((name) => row[name] === first[name])))
    await query(client, INSERT_ALIKE, [JSON.stringify(rows.map(ownOf)), ...ALIKE.map((name) => first[name])])
  else await query(client, INSERT, [JSON.stringify(rows)])
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
  SELECT ${AUDIT_COLUMNS} FROM json_to_recordset($1::json) AS row(${typed(Object.entries(COLUMNS))}) ORDER BY seq`

/** What rows that are added at once mostly have in common, as of a thousand runs that one sweep deletes: it is sent and read once. */
const ALIKE = [
  'action',
  'phase',
  'at',
  'actor',
  'requestId',
  'sweepId',
  'reason',
  'deletedAt',
  'deletionReason',
] as const satisfies (keyof AuditRow)[]
const OWN = Object.entries(COLUMNS).filter(([name]) => !ALIKE.some((alike) => alike === name))

/** What is left of a row. */
function ownOf({
  action: _action,
  phase: _phase,
  at: _at,
  actor: _actor,
  requestId: _requestId,
  sweepId: _sweepId,
  reason: _reason,
  deletedAt: _deletedAt,
  deletionReason: _deletionReason,
  ...own
}: AuditRow) {
  return own
}

const INSERT_ALIKE = `
  INSERT INTO job_audit (${[...OWN.map(([name]) => name), ...ALIKE].map((name) => `"${name}"`).join(', ')})
  SELECT ${[...OWN.map(([name]) => `"${name}"`), ...ALIKE.map((name, n) => `$${n + 2}::${COLUMNS[name]}`)].join(', ')}
  FROM json_to_recordset($1::json) AS row(${typed(OWN)}) ORDER BY seq`

function typed(columns: [name: string, type: string][]): string {
  return columns.map(([name, type]) => `"${name}" ${type}`).join(', ')
}
