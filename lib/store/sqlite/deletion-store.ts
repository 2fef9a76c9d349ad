import type { DeletionStore } from '../../ports/deletion-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Runs are deleted by a server only: every method rejects with `LedgerError('unavailable')`. */
export function createDeletionStore(): DeletionStore {
  return {
    find: refuse,
    candidates: refuse,
    briefCandidates: refuse,
    ofScript: refuse,
    restorable: refuse,
    purgeable: refuse,
    deleteSoftly: refuse,
    removeBare: refuse,
    endGrace: refuse,
    take: refuse,
    resume: refuse,
    extend: refuse,
    release: refuse,
    objects: refuse,
    forget: refuse,
    finish: refuse,
    stalled: refuse,
    undelete: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'retention needs a server: use --remote, or set DATABASE_URL')
}
