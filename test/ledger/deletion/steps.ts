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

export const told = (rows: AuditRow[]) =>
  rows.map(({ action, phase }) => (phase === null ? action : `${action} ${phase}`))

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

/** The whole chain is as it was written. */
export async function auditIsWhole(ledger: TestLedger): Promise<boolean> {
  return (await verifyAudit(ledger.as())).ok
}
