import type { SweepStore } from '../../ports/sweep-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Sweeps are kept in the API's database only: every method rejects with `LedgerError('unavailable')`. */
export function createSweepStore(): SweepStore {
  return {
    begin: refuse,
    end: refuse,
    note: refuse,
    endGone: refuse,
    get: refuse,
    lastCompleted: refuse,
    list: refuse,
    findStale: refuse,
    endStale: refuse,
    countStale: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'sweeps need a server: use --remote, or set DATABASE_URL')
}
