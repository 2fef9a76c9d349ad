import { Hono } from 'hono'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import type { Ports } from '../ports/context.ts'
import { answerError } from './answer-error.ts'
import { noSuchRoute } from './no-such-route.ts'
import { problemResponse } from './problem.ts'
import { pathOf, requestIdOf, wordsOf } from './request-facts.ts'
import { traceRequest } from './trace-request.ts'

/** What an app is made with. */
export interface AppOptions {
  /** Called at each request; opens once. */
  openPorts: () => Promise<Ports>
  /** Makes request ids where the platform gives none. */
  newId: () => string
  cronSecret: string | undefined
}

/**
 * What every HTTP face shares: a request id in and out, a span and a log line a request, security headers, and errors as
 * problems, those for paths and methods that are not there too.
 */
export function face({ openPorts, newId }: AppOptions): Hono {
  const app = new Hono()
  app.use(requestId({ generator: (c) => c.req.header('x-vercel-id') ?? newId() }))
  app.use(traceRequest)
  app.use(
    secureHeaders({
      // A file that someone uploaded brings a stricter policy of its own.
      overwrite: false,
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
    const fields = { ...wordsOf(c), method: c.req.method, path: pathOf(c), status: c.res.status }
    ports?.log.info('request', { ...fields, durationMs: Math.round(ports.now() - began) })
  })
  app.onError(answerError(openPorts, problemResponse))
  app.notFound((c) => noSuchRoute(app, c, requestIdOf(c)))
  return app
}
