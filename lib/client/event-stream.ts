import { createParser } from 'eventsource-parser'
import { LedgerError } from '../run/errors.ts'
import type { RunEvent } from '../run/event.ts'
import { unreachable } from './errors.ts'
import { Limit } from './limit.ts'
import { type Open, type RemoteOptions, readAnswer, TIMEOUT_MS } from './request.ts'
import { runPath } from './run-calls.ts'

/** The server says something every 15 s, if only that it is there. */
const SILENCE_MS = 45_000

/**
 * One stream of a run's events, those after the given one; null when the run has ended and all was told. It breaks off
 * with `unavailable` when the server has gone, or has said nothing for 45 s.
 */
export async function openEventStream(
  open: Open,
  { url, timeoutMs = TIMEOUT_MS, signal: closing }: RemoteOptions,
  { id, after, signal }: { id: string; after: number; signal: AbortSignal },
): Promise<AsyncIterable<RunEvent> | null> {
  const limit = new Limit([closing, signal])
  limit.endsIn(timeoutMs)
  try {
    const headers = { accept: 'text/event-stream', 'last-event-id': String(after) }
    const response = await open(
      { method: 'GET', path: `${runPath(id)}/events`, headers, repeatable: true },
      limit,
    )
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
    if (response.body !== null && response.ok && isStream) return readEvents(url, response.body, limit)
    if (response.status !== 204) {
      await readAnswer(url, response)
      throw new LedgerError('unavailable', `${url} does not answer as a Runledger server does`)
    }
  } catch (error) {
    limit.release()
    throw error
  }
  limit.release()
  return null
}

async function* readEvents(
  url: string,
  body: ReadableStream<Uint8Array>,
  limit: Limit,
): AsyncGenerator<RunEvent> {
  const events: RunEvent[] = []
  const parser = createParser({ onEvent: ({ data }) => events.push(JSON.parse(data)) })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  try {
    for (;;) {
      limit.endsIn(SILENCE_MS)
      const { done, value } = await reader.read()
      limit.stopTimer()
      if (done) return
      parser.feed(decoder.decode(value, { stream: true }))
      yield* events.splice(0)
    }
  } catch (cause) {
    throw unreachable(url, cause as Error)
  } finally {
    limit.release()
    await reader.cancel().catch(() => {})
  }
}
