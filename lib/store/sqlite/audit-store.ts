import type { AuditStore } from '../../ports/audit-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** What was done is kept in the API's database only: every method rejects with `LedgerError('unavailable')`. */
export function createAuditStore(): AuditStore {
  return { append: refuse, list: refuse, walk: refuse, head: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'the audit needs a server: use --remote, or set DATABASE_URL')
}
