import { describe } from 'vitest'
import type { Engine } from './harness.ts'
import { beatContract } from './run-store/beat.ts'
import { claimContract } from './run-store/claim.ts'
import { guardContract } from './run-store/guard.ts'
import { insertContract } from './run-store/insert.ts'
import { insertTwiceContract } from './run-store/insert-twice.ts'
import { killContract } from './run-store/kill.ts'
import { lapsedContract } from './run-store/lapsed.ts'
import { leaseRaces } from './run-store/lease-races.ts'
import { listContract } from './run-store/list.ts'
import { moveContract } from './run-store/move.ts'
import { moveEndsContract } from './run-store/move-ends.ts'
import { queueRaces } from './run-store/queue-races.ts'
import { readContract } from './run-store/read.ts'
import { statsContract } from './run-store/stats.ts'

/** What `lib/ports/run-store.ts` promises, on one engine. Each theme has a database of its own. */
export function runStoreContract(engine: Engine): void {
  describe(`the run store on ${engine.name}`, () => {
    insertContract(engine)
    insertTwiceContract(engine)
    claimContract(engine)
    beatContract(engine)
    moveContract(engine)
    moveEndsContract(engine)
    guardContract(engine)
    lapsedContract(engine)
    readContract(engine)
    listContract(engine)
    statsContract(engine)
    queueRaces(engine)
    leaseRaces(engine)
    killContract(engine)
  })
}
