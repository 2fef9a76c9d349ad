import type { MetricsStore } from '../../ports/metrics-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Metrics are of the API's database only: every method rejects with `LedgerError('unavailable')`. */
export function createMetricsStore(): MetricsStore {
  return { read: refuse }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'metrics need a server: use --remote, or set DATABASE_URL')
}
