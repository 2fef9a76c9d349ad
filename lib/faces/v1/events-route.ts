import { streamSSE } from 'hono/streaming'
import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import { type FollowRun, followRun } from '../../ledger/runs/follow-run.ts'
import { ListRunEvents, listRunEvents } from '../../ledger/runs/list-run-events.ts'
import { RunEvent } from '../../run/event.ts'

const KEEP_ALIVE_MS = 15_000
const COME_BACK_MS = 1_000

/** A run's history: a page of it, or live as server-sent events. */
export const eventsRoute: Route = {
  method: 'get',
  path: '/v1/runs/{id}/events',
  operationId: 'listRunEvents',
  summary: 'What happened to a run',
  description:
    'With `Accept: text/event-stream` the events come as they happen, after `Last-Event-ID`. A stream ends with the run, ' +
    'or after 240 s: the client comes back by itself. A stream for a run whose end was told is answered 204: stop.',
  tag: 'Runs',
  scope: 'runs:read',
  query: ListRunEvents.omit({ id: true }),
  headers: z.object({ 'last-event-id': z.string().optional(), accept: z.string().optional() }),
  responses: {
    200: {
      description: 'A page of events, oldest first; or the stream',
      schema: z.object({ data: z.array(RunEvent), nextAfter: z.number().int().nullable() }),
    },
    204: { description: 'Of a stream: the run has ended and all was told' },
  },
  handler: (call) => (wantsStream(call) ? stream(call) : page(call)),
}

const wantsStream = ({ c }: Call) => c.req.header('accept')?.includes('text/event-stream') ?? false

async function page({ c, ctx, params, query }: Call): Promise<Response> {
  return c.json(await listRunEvents(ctx, { ...query, id: params.id } as ListRunEvents))
}

async function stream({ c, ctx, params, query }: Call): Promise<Response> {
  const gone = new AbortController()
  c.req.raw.signal.addEventListener('abort', () => gone.abort())
  const asked = { id: params.id, after: c.req.header('last-event-id') ?? query.after }
  const events = await followRun(ctx, asked as FollowRun, gone.signal)
  if (events === null) return c.body(null, 204)
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (sse) => {
    sse.onAbort(() => gone.abort())
    const alive = setInterval(() => void sse.write(': alive\n\n'), KEEP_ALIVE_MS)
    try {
      for await (const event of events)
        await sse.writeSSE({
          id: String(event.id),
          event: event.type,
          data: JSON.stringify(event),
          retry: COME_BACK_MS,
        })
    } catch (error) {
      // The answer has begun: the reader sees it end, and comes back.
      ctx.log.error('a stream of events broke off', { error })
    } finally {
      clearInterval(alive)
    }
  })
}
