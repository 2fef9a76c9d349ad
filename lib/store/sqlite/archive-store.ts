import type { ArchiveStore } from '../../ports/archive-store.ts'
import { LedgerError } from '../../run/errors.ts'

/** Files are put away by a server only: every method rejects with `LedgerError('unavailable')`. */
export function createArchiveStore(): ArchiveStore {
  return {
    take: refuse,
    extend: refuse,
    release: refuse,
    giveUp: refuse,
    freeze: refuse,
    last: refuse,
    inForce: refuse,
    restored: refuse,
    outputs: refuse,
    parts: refuse,
    note: refuse,
    addPart: refuse,
    abandon: refuse,
    setArchived: refuse,
    takeBack: refuse,
    beginRemoving: refuse,
    endRemoving: refuse,
    setRestored: refuse,
    candidates: refuse,
    stalled: refuse,
    goesOn: refuse,
    abandoned: refuse,
    setGone: refuse,
    leastVerified: refuse,
    coverage: refuse,
    noteReading: refuse,
    pauseReading: refuse,
    noteRead: refuse,
  }
}

async function refuse(): Promise<never> {
  throw new LedgerError('unavailable', 'archives need a server: use --remote, or set DATABASE_URL')
}
