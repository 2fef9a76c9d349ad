import { setTimeout as sleep } from 'node:timers/promises'
import { Patience } from '../../../client/patience.ts'
import { isLedgerError, type LedgerError } from '../../../run/errors.ts'
import type { Run } from '../../../run/run.ts'
import { fitText } from '../../terminal/fit-text.ts'
import { spokenBytes, spokenDuration } from '../../terminal/spoken-time.ts'
import type { StatusLine } from '../../terminal/status-line.ts'

export interface StorageRequest {
  /** Begins it, or goes on with it for as long as a server takes. */
  ask: () => Promise<Run>
  look: () => Promise<Run>
  underWay: 'archiving' | 'restoring'
}

interface Watching {
  /** Until it is through; else until it is begun. */
  wait: boolean
  status: StatusLine
  now: () => Date
  signal: AbortSignal
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000
const SHOWN_EVERY_MS = 500
/** Some five minutes of a server that has gone; each that is asked to slow down may take a minute. */
const TRIES = 22

/**
 * Asks until a run's files are where they are to be, and shows how long it has taken. A server works for a while at each request; where
 * somebody else has it in hand, or as many archives are being made as may be, it is waited for. Throws what keeps it from being done.
 */
export async function seeStorageThrough(
  { ask, look, underWay }: StorageRequest,
  { wait, status, now, signal }: Watching,
): Promise<Run> {
  const since = now().getTime()
  let words: string = underWay
  let isBegun = false
  const draw = () => {
    const line = `${words} … ${spokenDuration(now().getTime() - since)}`
    // One cell less, or the cursor would stand on the next line.
    status.draw(status.paint('dim', fitText(line, (status.width() ?? 1) - 1)))
  }
  const drawing = setInterval(draw, SHOWN_EVERY_MS)
  const patience = new Patience([signal], TRIES)
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; ) {
      const before = now().getTime()
      const run = await asked().catch(async (error: unknown) => {
        if (!isLedgerError(error)) throw error
        // A ledger that is away from the first is told at once.
        if (!wait || (error.code !== 'limited' && !isBegun)) throw error
        if (error.code === 'limited') words = `${underWay}: ${error.message}`
        await patience.wait(error)
        return null
      })
      if (run !== null) {
        patience.went()
        if (!wait || run.storageState !== underWay || signal.aborted) return run
        words = `${underWay} ${spokenBytes(run.outputBytes + run.logBytes)}`
        isBegun = true
      }
      // One that has worked for a while is asked to go on; one that only looked is left alone for longer each time.
      pauseMs = now().getTime() - before > 1_000 ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      await sleep(pauseMs, undefined, { signal }).catch(() => {})
    }
  } finally {
    clearInterval(drawing)
    status.draw(null)
  }

  /** What the ledger says; or the run, where somebody else has it in hand, or is through with it. */
  async function asked(): Promise<Run> {
    const answer = await ask().catch((error: unknown) => {
      if (isLedgerError(error) && error.code === 'conflict') return error
      throw error
    })
    if (isLedgerError(answer)) return await elsewhere(answer)
    return answer
  }

  async function elsewhere(error: LedgerError): Promise<Run> {
    const run = await look()
    const isThrough =
      underWay === 'archiving' ? run.storageState === 'archived' : isBegun && run.storageState === 'active'
    if (run.storageState !== underWay && !isThrough) throw error
    return run
  }
}
