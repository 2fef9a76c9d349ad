import type { Hono } from 'hono'
import { cronFace } from './cron/cron-face.ts'
import { docsFace } from './faces/docs/index.ts'
import { v1Face, v1Routes } from './faces/v1/index.ts'
import { type AppOptions, face, requestIdOf } from './http/face.ts'
import { pathMatches } from './http/path-pattern.ts'
import { problemResponse } from './http/problem.ts'
import { LedgerError } from './run/errors.ts'

/** Every face in one app. */
export function createApp(options: AppOptions): Hono {
  const { openPorts } = options
  const app = face(options)
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/', (c) => c.redirect('/docs'))
  app.route('/', docsFace(v1Routes))
  app.route('/', cronFace(options))
  app.route('/', v1Face(openPorts))
  app.notFound((c) => {
    const allowed = v1Routes
      .filter(({ path }) => pathMatches(path, c.req.path))
      .map(({ method }) => method.toUpperCase())
    const requestId = requestIdOf(c)
    if (allowed.length === 0)
      return problemResponse(
        new LedgerError('not_found', `there is nothing at ${c.req.path}; /docs lists what there is`),
        requestId,
      )
    const problem = new LedgerError(
      'invalid',
      `${c.req.path} takes ${allowed.join(', ')}, not ${c.req.method}`,
    )
    const body = {
      type: '/docs#invalid',
      title: 'Method not allowed',
      status: 405,
      detail: problem.message,
      code: problem.code,
      requestId,
    }
    return c.body(JSON.stringify(body), 405, {
      allow: allowed.join(', '),
      'content-type': 'application/problem+json',
    })
  })
  return app
}
