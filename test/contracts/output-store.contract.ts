import { describe } from 'vitest'
import type { Engine } from './harness.ts'
import { commitContract } from './output-store/commit.ts'
import { listOutputsContract } from './output-store/list.ts'
import { outputRaces } from './output-store/races.ts'
import { reserveContract } from './output-store/reserve.ts'
import { sweepContract } from './output-store/sweep.ts'

/** What `lib/ports/output-store.ts` promises, on one engine. Each theme has a database of its own. */
export function outputStoreContract(engine: Engine): void {
  describe(`the output store on ${engine.name}`, () => {
    reserveContract(engine)
    commitContract(engine)
    listOutputsContract(engine)
    sweepContract(engine)
    outputRaces(engine)
  })
}
