import { Hono, type Context as HonoContext } from 'hono'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import type { Ports } from '../ports/context.ts'
import { isLedgerError } from '../run/errors.ts'
import { noSuchRoute } from './no-such-route.ts'
import { problemResponse } from './problem.ts'

/** What an app is made with. */
export interface AppOptions {
  /** Called at each request; opens once. */
  openPorts: () => Promise<Ports>
  /** Makes request ids where the platform gives none. */
  newId: () => string
  cronSecret: string | undefined
}

/**
 * What every HTTP face shares: a request id in and out, security headers, one log line a request, and errors as problems,
 * those for paths and methods that are not there too.
 */
export function face({ openPorts, newId }: AppOptions): Hono {
  const app = new Hono()
  app.use(requestId({ generator: (c) => c.req.header('x-vercel-id') ?? newId() }))
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        frameAncestors: ["'none'"],
      },
    }),
  )
  app.use(async (c, next) => {
    const ports = await openPorts().catch(() => null)
    const began = ports?.now() ?? 0
    await next()
    // Once more at the end: an answer made anew on the way (a 404, a 304) would be without it.
    c.header('X-Request-Id', requestIdOf(c))
    const fields = { requestId: requestIdOf(c), method: c.req.method, path: c.req.path, status: c.res.status }
    ports?.log.info('request', { ...fields, durationMs: Math.round(ports.now() - began) })
  })
  app.onError(async (error, c) => {
    const id = requestIdOf(c)
    if (!isLedgerError(error) || error.code === 'unavailable')
      await openPorts().then(
        ({ log }) => log.error(error.message, { requestId: id, error }),
        () => {},
      )
    const response = problemResponse(error, id)
    // Headers set on the way (request id, rate limits) belong to a failed answer, too.
    for (const [name, value] of response.headers) c.header(name, value)
    return c.body(await response.text(), response.status as 500)
  })
  app.notFound((c) => noSuchRoute(app, c, requestIdOf(c)))
  return app
}

/** The id this request goes by in logs and errors. */
export function requestIdOf(c: HonoContext): string {
  return c.get('requestId') as string
}
