import { setTimeout as sleep } from 'node:timers/promises'
import { isPassing } from '../run/errors.ts'
import type { RunEvent } from '../run/event.ts'
import { openEventStream } from './event-stream.ts'
import type { Open, RemoteOptions } from './request.ts'
import type { Verbs } from './verbs.ts'

const PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A server that has been gone for so long is not waited for any more. */
const PATIENCE_MS = 300_000

/**
 * A run's events as the server tells them. A stream that ends, breaks off or falls silent is taken up again after the last
 * event seen, until the server says that the run has ended and all was told. Once begun, it waits 5 min for a server that
 * has gone, then throws `unavailable`. Ends without a word when `signal` aborts.
 */
export function followRemote(open: Open, options: RemoteOptions): Verbs['followRun'] {
  return async ({ id, after }, signal) => {
    const last = Number(after ?? 0)
    const begin = (from: number) => openEventStream(open, options, { id, after: from, signal })
    const first = await begin(last)
    return first && follow(begin, first, last, signal)
  }
}

async function* follow(
  begin: (from: number) => Promise<AsyncIterable<RunEvent> | null>,
  first: AsyncIterable<RunEvent>,
  last: number,
  signal: AbortSignal,
): AsyncGenerator<RunEvent> {
  let stream: AsyncIterable<RunEvent> | null | undefined = first
  let pauseMs = PAUSE_MS
  let heardAt = performance.now()
  const pause = () => sleep(pauseMs, undefined, { signal }).catch(() => {})
  while (!signal.aborted) {
    try {
      if (stream === undefined) stream = await begin(last)
      if (stream === null) return
      const from = last
      for await (const event of stream) {
        last = event.id
        yield event
      }
      heardAt = performance.now()
      pauseMs = PAUSE_MS
      // Its time was over, or the run's. One that told nothing is not asked for again at once.
      if (from === last) await pause()
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error) || performance.now() - heardAt > PATIENCE_MS) throw error
      await pause()
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
    stream = undefined
  }
}
