import { setTimeout as sleep } from 'node:timers/promises'
import type { FollowLog, LogStream } from '../ledger/logs/follow-log.ts'
import { isPassing } from '../run/errors.ts'
import type { Run } from '../run/run.ts'
import { isFinal } from '../run/transitions.ts'

const PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000
/** A ledger that has been gone for so long is not waited for any more. */
const PATIENCE_MS = 300_000

/** What a log is followed by. */
export interface LogSource {
  /** One stream, which may end before the run does. */
  followOnce(input: FollowLog, signal: AbortSignal): Promise<LogStream>
  getRun(input: { id: string }): Promise<Run>
}

/**
 * A run's log to its end: a stream that ends or breaks off is taken up again where it was, so that no byte comes twice or is
 * missing. Once begun, it waits 5 min for a ledger that has gone, then throws `unavailable`. Ends without a word when
 * `signal` aborts.
 */
export async function followWholeLog(
  source: LogSource,
  input: FollowLog,
  signal: AbortSignal,
): Promise<LogStream> {
  const first = await source.followOnce(input, signal)
  return { from: first.from, body: follow(source, input.id, first, signal) }
}

async function* follow(
  { followOnce, getRun }: LogSource,
  id: string,
  { from, body }: LogStream,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let stream: AsyncIterable<Uint8Array> | undefined = body
  let at = from
  let pauseMs = PAUSE_MS
  let heardAt = performance.now()
  const pause = () => sleep(pauseMs, undefined, { signal }).catch(() => {})
  while (!signal.aborted) {
    try {
      stream ??= (await followOnce({ id, from: at }, signal)).body
      const before = at
      for await (const piece of stream) {
        heardAt = performance.now()
        at += piece.length
        yield piece
      }
      if (signal.aborted) return
      const run = await getRun({ id })
      if (isFinal(run.state) && at >= run.logBytes) return
      heardAt = performance.now()
      pauseMs = PAUSE_MS
      // One that told nothing is not asked for again at once.
      if (before === at) await pause()
    } catch (error) {
      if (signal.aborted) return
      if (!isPassing(error) || performance.now() - heardAt > PATIENCE_MS) throw error
      await pause()
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
    stream = undefined
  }
}
