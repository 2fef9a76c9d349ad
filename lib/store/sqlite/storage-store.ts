import type { StorageStore } from '../../ports/storage-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Storage is looked after by a server only: every method rejects with `LedgerError('unavailable')`. */
export function createStorageStore(): StorageStore {
  return { open: refuse, step: refuse, complete: refuse, samples: refuse, shares: refuse, held: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'storage is counted by a server: use --remote, or set DATABASE_URL')
}
