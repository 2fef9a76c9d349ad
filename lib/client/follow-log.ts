import type { FollowLog, LogStream } from '../ledger/logs/follow-log.ts'
import type { Run } from '../run/run.ts'
import { isFinal } from '../run/transitions.ts'
import { resumed } from './resumed.ts'

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

function follow(
  { followOnce, getRun }: LogSource,
  id: string,
  first: LogStream,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  let at = first.from
  let opened: LogStream | undefined = first
  async function* counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of body) {
      at += piece.length
      yield piece
    }
  }
  const open = async () => {
    const { body } = opened ?? (await followOnce({ id, from: at }, signal))
    opened = undefined
    return counted(body)
  }
  const isOver = async () => {
    const run = await getRun({ id })
    return isFinal(run.state) && at >= run.logBytes
  }
  return resumed({ open, isOver }, signal)
}
