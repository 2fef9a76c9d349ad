import type { RunEvent } from '../run/event.ts'
import { openEventStream } from './event-stream.ts'
import type { Open, RemoteOptions } from './request.ts'
import { resumed } from './resumed.ts'
import type { Verbs } from './verbs.ts'

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

function follow(
  begin: (from: number) => Promise<AsyncIterable<RunEvent> | null>,
  first: AsyncIterable<RunEvent>,
  after: number,
  signal: AbortSignal,
): AsyncIterable<RunEvent> {
  let last = after
  let opened: AsyncIterable<RunEvent> | undefined = first
  async function* noted(events: AsyncIterable<RunEvent>): AsyncGenerator<RunEvent> {
    for await (const event of events) {
      last = event.id
      yield event
    }
  }
  const open = async () => {
    const events = opened ?? (await begin(last))
    opened = undefined
    return events && noted(events)
  }
  return resumed({ open }, signal)
}
