import type { ReconcileStore } from '../../ports/reconcile-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Objects are looked after by a server only: every method rejects with `LedgerError('unavailable')`. */
export function createReconcileStore(): ReconcileStore {
  return {
    unknownObjects: refuse,
    isKnownUpload: refuse,
    noteOrphans: refuse,
    orphans: refuse,
    dropOrphans: refuse,
    dropOrphansNotSeen: refuse,
    runsWithObjects: refuse,
    outputsOf: refuse,
    nameFolders: refuse,
    strayOutputs: refuse,
    moveOutput: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'retention needs a server: use --remote, or set DATABASE_URL')
}
