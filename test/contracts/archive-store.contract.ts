import { describe } from 'vitest'
import { leaseContract } from './archive-store/lease.ts'
import { movesContract } from './archive-store/moves.ts'
import { archiveRaces } from './archive-store/races.ts'
import { searchContract } from './archive-store/search.ts'
import { takeContract } from './archive-store/take.ts'
import type { Engine } from './harness.ts'

/** What `lib/ports/archive-store.ts` promises, on one engine. Each theme has a database of its own. */
export function archiveStoreContract(engine: Engine): void {
  describe(`the archive store on ${engine.name}`, () => {
    takeContract(engine)
    leaseContract(engine)
    movesContract(engine)
    searchContract(engine)
    archiveRaces(engine)
  })
}
