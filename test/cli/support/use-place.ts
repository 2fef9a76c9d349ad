import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import type { Place } from '../../support/ledgers.ts'
import { type PrintingRun, startPrinting } from './printing-run.ts'

/** One ledger in a place for the tests of a block: what the CLI needs to reach it, once they run. */
export interface AtPlace {
  readonly env: Record<string, string>
}

export function usePlace(place: Place): AtPlace {
  let opened: Awaited<ReturnType<Place['open']>> | undefined
  let env: Record<string, string> | undefined
  beforeAll(async () => {
    opened = await place.open()
    env = (await opened.ledger()).env
  })
  afterAll(() => opened?.close())
  return {
    get env() {
      return env ?? expect.fail('a ledger')
    },
  }
}

/** Begins a run that prints; it is let go of after its test. */
export function usePrinting(at: AtPlace): () => Promise<PrintingRun> {
  let run: PrintingRun | undefined
  afterEach(async () => {
    await run?.close()
    run = undefined
  })
  return async () => {
    run = await startPrinting(at.env)
    return run
  }
}
