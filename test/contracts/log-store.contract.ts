import { describe } from 'vitest'
import type { Engine } from './harness.ts'
import { appendContract } from './log-store/append.ts'
import { attemptsContract } from './log-store/attempts.ts'
import { chunksContract } from './log-store/chunks.ts'
import { compactableContract } from './log-store/compactable.ts'
import { logKillContract } from './log-store/kill.ts'
import { logRaces } from './log-store/races.ts'
import { setObjectContract } from './log-store/set-object.ts'

/** What `lib/ports/log-store.ts` promises, on one engine. Each theme has a database of its own. */
export function logStoreContract(engine: Engine): void {
  describe(`the log store on ${engine.name}`, () => {
    appendContract(engine)
    attemptsContract(engine)
    chunksContract(engine)
    setObjectContract(engine)
    compactableContract(engine)
    logRaces(engine)
    logKillContract(engine)
  })
}
