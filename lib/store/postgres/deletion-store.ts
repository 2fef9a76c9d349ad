import type { DeletionStore } from '../../ports/deletion-store.ts'
import type { Pool } from './connect.ts'
import { deletionLeases } from './deletion-leases.ts'
import { deletionMoves } from './deletion-moves.ts'
import { deletionRestorable } from './deletion-restorable.ts'
import { deletionSearch } from './deletion-search.ts'

/** Runs on their way out of a Postgres database. */
export function postgresDeletionStore(pool: Pool): DeletionStore {
  return {
    ...deletionSearch(pool),
    ...deletionRestorable(pool),
    ...deletionMoves(pool),
    ...deletionLeases(pool),
  }
}
