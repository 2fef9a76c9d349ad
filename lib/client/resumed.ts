import { setTimeout as sleep } from 'node:timers/promises'
import { isPassing } from '../run/errors.ts'

const PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A ledger that has been gone for so long is not waited for any more. */
const PATIENCE_MS = 300_000

/** Streams of which each goes on where the one before ended. */
export interface Resumable<T> {
  /** The next stream, from where the last one ended; null when there is nothing more. */
  open(): Promise<AsyncIterable<T> | null>
  /** Asked when a stream has ended: whether that was the last. */
  isOver?(): Promise<boolean>
}

/**
 * One stream after the other as if they were one: what ends or breaks off is taken up again. It waits 5 min for a ledger that has
 * gone, then throws `unavailable`. Ends without a word when `signal` aborts.
 */
export async function* resumed<T>(
  { open, isOver = async () => false }: Resumable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  let pauseMs = PAUSE_MS
  let heardAt = performance.now()
  const pause = () => sleep(pauseMs, undefined, { signal }).catch(() => {})
  while (!signal.aborted) {
    try {
      const stream = await open()
      if (stream === null) return
      let isSilent = true
      for await (const one of stream) {
        isSilent = false
        heardAt = performance.now()
        yield one
      }
      if (signal.aborted || (await isOver())) return
      heardAt = performance.now()
      pauseMs = PAUSE_MS
      // One that told nothing is not asked for again at once.
      if (isSilent) await pause()
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error) || performance.now() - heardAt > PATIENCE_MS) throw error
      await pause()
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }
}
