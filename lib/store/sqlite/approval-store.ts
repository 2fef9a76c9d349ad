import type { ApprovalStore } from '../../ports/approval-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Sweeps are let through by a server only: every method rejects with `LedgerError('unavailable')`. */
export function createApprovalStore(): ApprovalStore {
  return {
    passes: refuse,
    population: refuse,
    approve: refuse,
    approvalFor: refuse,
    useApproval: refuse,
    totals: refuse,
    lastCursor: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'retention needs a server: use --remote, or set DATABASE_URL')
}
