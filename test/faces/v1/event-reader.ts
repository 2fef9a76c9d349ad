import type { RunEvent } from '../../../lib/run/event.ts'

export interface EventReader {
  status: number
  /** The next event; undefined when the stream has ended. Throws when none comes in time. */
  next(): Promise<RunEvent | undefined>
  /** All until the stream ends. */
  rest(): Promise<RunEvent[]>
  close(): void
}

const PATIENCE_MS = 10_000

/** A reader of server-sent events as the standard has them, from an answer as it comes in. */
export async function readEvents(
  open: (signal: AbortSignal) => Promise<Response> | Response,
): Promise<EventReader> {
  const gone = new AbortController()
  const response = await open(gone.signal)
  const events = parse(response.body)
  const next = async () => {
    const timer = setTimeout(() => gone.abort(new Error('no event came in time')), PATIENCE_MS)
    try {
      return (await events.next()).value ?? undefined
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    status: response.status,
    next,
    async rest() {
      const all: RunEvent[] = []
      for (let event = await next(); event !== undefined; event = await next()) all.push(event)
      return all
    },
    close: () => gone.abort(),
  }
}

async function* parse(body: ReadableStream<Uint8Array> | null): AsyncGenerator<RunEvent, undefined> {
  if (body === null) return
  let text = ''
  for await (const piece of body.pipeThrough(new TextDecoderStream())) {
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) continue
      const event = JSON.parse(data) as RunEvent
      if (field('id') !== String(event.id) || field('event') !== event.type)
        throw new Error(`the fields of an event must agree: ${block}`)
      yield event
    }
  }
}
