import type { RetentionStore } from '../../ports/retention-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** What is kept for how long is decided in the API's database only: every method rejects with `LedgerError('unavailable')`. */
export function createRetentionStore(): RetentionStore {
  return {
    now: refuse,
    policies: refuse,
    setPolicies: refuse,
    hold: refuse,
    release: refuse,
    retain: refuse,
    holds: refuse,
    openHolds: refuse,
    lastOfKind: refuse,
    finished: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'retention needs a server: use --remote, or set DATABASE_URL')
}
