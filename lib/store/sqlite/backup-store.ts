import type { BackupStore } from '../../ports/backup-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** This machine's own ledger is one file, which is copied as one: every method rejects with `LedgerError('unavailable')`. */
export function createBackupStore(): BackupStore {
  return { read: refuse, fill: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError(
    'unavailable',
    'backups are of a server’s database: use --remote, or set DATABASE_URL',
  )
}
