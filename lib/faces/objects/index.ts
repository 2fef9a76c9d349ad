import { Hono } from 'hono'
import { noSuchRoute } from '../../http/no-such-route.ts'
import { requestIdOf } from '../../http/request-facts.ts'
import type { Ports } from '../../ports/context.ts'

/**
 * The signed URLs of objects on this server's own disk. They need no key: whoever has one may do what it was signed for,
 * until it expires. 404 where another server keeps the objects.
 */
export function objectsFace(openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  app.all('/objects/*', async (c) => {
    const { objects } = await openPorts()
    if (!objects.answer) return noSuchRoute(app, c, requestIdOf(c))
    const answer = await objects.answer(c.req.raw)
    // What is refused is a problem of 400 or more, and no object is: it may be of any type, a problem's too.
    if (answer.status < 400) return answer
    const problem = JSON.stringify({ ...((await answer.json()) as object), requestId: requestIdOf(c) })
    return new Response(c.req.method === 'HEAD' ? null : problem, answer)
  })
  return app
}
