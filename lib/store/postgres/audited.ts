import type { AuditEntry } from '../../ports/audit-store.ts'
import { appendAudit } from './audit-append.ts'
import { guarded, type Pool, transaction } from './connect.ts'
import { query } from './query.ts'

/** One statement, and where it gives back rows what the audit is to keep of it: both, or neither. */
export async function audited(
  pool: Pool,
  audit: AuditEntry | undefined,
  text: string,
  values: unknown[],
): Promise<Record<string, unknown>[]> {
  if (audit === undefined) return await query(pool, text, values)
  return await guarded(() =>
    transaction(pool, 'BEGIN', async (client) => {
      const rows = await query(client, text, values)
      if (rows.length > 0) await appendAudit(client, [audit])
      return rows
    }),
  )
}
