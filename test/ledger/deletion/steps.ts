import { verifyAudit } from '../../../lib/ledger/audit/verify-audit.ts'
import type { AuditRow } from '../../../lib/run/audit.ts'
import type { TestLedger } from '../../support/open-ledger.ts'
import type { TestArchives } from '../archives/steps.ts'

/** Every object whose key speaks of a run. */
export async function objectsOf({ objects }: Pick<TestArchives, 'objects'>, id: string): Promise<string[]> {
  const pages = await Promise.all(['jobs/', 'logs/', 'archive/'].map((prefix) => objects.list({ prefix })))
  return pages.flatMap((page) => page.map(({ key }) => key)).filter((key) => key.includes(id))
}

/** What the audit has of a run, the first word of it first. */
export async function auditOf({ ports }: TestLedger, id: string): Promise<AuditRow[]> {
  return (await ports.audit.list({ jobId: id, limit: 100 })).toReversed()
}

/** Without the archiving of it. */
export const told = (rows: AuditRow[]) =>
  rows
    .filter(({ action }) => action !== 'run.archived')
    .map(({ action, phase }) => (phase === null ? action : `${action} ${phase}`))

/** How many rows the database has about a run, by table. */
export async function rowsOf({ store }: TestLedger, id: string): Promise<Record<string, number>> {
  const tables = ['runs', 'run_events', 'outputs', 'log_chunks', 'archives', 'archive_parts']
  const counts = await Promise.all(
    tables.map(async (table) => {
      const column = table === 'runs' ? 'id' : '"runId"'
      const [row] = await store.raw(`SELECT count(*)::int AS count FROM ${table} WHERE ${column} = '${id}'`)
      return [table, (row as { count: number }).count] as const
    }),
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

/** As if whoever works on a run's files had been silent for long. */
export async function lapse({ store }: TestLedger, id: string): Promise<void> {
  await store.raw(
    `UPDATE runs SET "storageLeaseExpiresAt" = now() - interval '1 s' WHERE id = '${id}' AND "storageLeaseExpiresAt" IS NOT NULL`,
  )
}

/** The first row of the chain that is not as it was written. */
export async function brokenAudit(ledger: TestLedger) {
  return (await verifyAudit(ledger.as(), {}, { budgetMs: Number.POSITIVE_INFINITY })).broken
}

/** As if these runs had been deleted a week before they were. */
export async function graceIsOver({ store }: TestLedger, ids: string[]): Promise<void> {
  await store.raw(
    `UPDATE runs SET "purgeAfter" = "purgeAfter" - interval '8 days' WHERE id IN (${quoted(ids)})`,
  )
}

const quoted = (ids: string[]) => ids.map((id) => `'${id}'`).join(', ')

/**
 * So many runs that ended so many days ago and left nothing, as a statement makes them: of one kind, one a second, the first one the
 * longest ago. Their ids, in that order.
 */
export async function oldRuns({ store }: TestLedger, asked: OldRuns): Promise<string[]> {
  const ids: string[] = []
  // Some at a time: on a busy machine a statement of all of them takes longer than one may.
  for (let from = 1; from <= asked.count; from += AT_ONCE)
    for (const row of await store.raw(insertOld(asked, from))) ids.push((row as { id: string }).id)
  return ids
}

const AT_ONCE = 5_000

function insertOld(
  { count, days, kind = 'old', state = 'succeeded', more = {} }: OldRuns,
  from: number,
): string {
  const columns = { state: `'${state}'`, kind: `'${kind}'`, ...more }
  const set = Object.entries(columns)
  return `WITH script AS (
       INSERT INTO scripts ("projectId", name) SELECT NULL, '${kind}' WHERE NOT EXISTS
         (SELECT 1 FROM scripts WHERE name = '${kind}' AND "projectId" IS NULL) RETURNING id
     ), number AS (
       SELECT id FROM script UNION ALL SELECT id FROM scripts WHERE name = '${kind}' AND "projectId" IS NULL LIMIT 1
     ), made AS (
       SELECT n, now() - interval '${days} days' - interval '1 second' * (${count} - n) AS at,
         '01' || upper(lpad(to_hex((random() * 4294967295)::bigint), 12, '0')) || lpad(to_hex(n), 12, '0') AS id
       FROM generate_series(${from}, ${Math.min(count, from + AT_ONCE - 1)}) n
     )
     INSERT INTO runs (id, attempt, "scriptId", "createdAt", "startedAt", "finishedAt", "createdBy", ${set.map(([name]) => `"${name}"`).join(', ')})
     SELECT upper(made.id), 1, number.id, made.at, made.at, made.at, 'test', ${set.map(([, value]) => value).join(', ')}
     FROM made, number ORDER BY made.n RETURNING id`
}

interface OldRuns {
  count: number
  days: number
  kind?: string
  state?: 'succeeded' | 'failed' | 'canceled'
  /** Columns, as SQL. */
  more?: Record<string, string>
}

/** How many of these runs are there, by where their files are. */
export async function standing({ store }: TestLedger, ids: string[]): Promise<Record<string, number>> {
  const rows = (await store.raw(
    `SELECT "storageState" AS at, count(*)::int AS count FROM runs WHERE id IN (${quoted(ids)}) GROUP BY 1`,
  )) as { at: string; count: number }[]
  return Object.fromEntries(rows.map(({ at, count }) => [at, count]))
}

/** A pass that was made so many days ago, and deleted so many runs. */
export async function pastPass(
  { store }: TestLedger,
  { kind = 'delete', days, deleted, hash }: { kind?: string; days: number; deleted: number; hash: string },
): Promise<void> {
  const at = `now() - interval '${days} days'`
  await store.raw(
    `INSERT INTO sweeps (id, kind, status, policy, counts, "startedAt", "completedAt", "durationMs", "requestedBy")
     VALUES ('00' || lpad(to_hex(extract(epoch FROM ${at})::bigint), 24, '0'), '${kind}', 'completed',
       '{"hash": "${hash}"}', '{"deletedRuns": ${deleted}}', ${at}, ${at}, 1, 'test')`,
  )
}
