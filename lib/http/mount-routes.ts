import { Hono } from 'hono'
import { etag } from 'hono/etag'
import { authenticate } from '../ledger/keys/authenticate.ts'
import type { Context, Ports } from '../ports/context.ts'
import { LedgerError } from '../run/errors.ts'
import { requestIdOf } from './face.ts'
import { limitHeaders } from './limit-headers.ts'
import { toParams, toPattern } from './path-pattern.ts'
import { readJson } from './read-body.ts'
import { type Call, JSON_BODY_BYTES, type Route } from './route.ts'

/** An app that answers these routes: who asks is found out first, then the body is read, then the verb is called. */
export function mountRoutes(routes: Route[], openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  for (const route of routes) {
    const pattern = toPattern(route.path)
    if (route.etag) app.on(route.method.toUpperCase(), pattern, etag())
    app.on(route.method.toUpperCase(), pattern, async (c) => {
      const ports = await openPorts()
      const actor = await authenticate(ports, bearerOf(c.req.header('authorization')))
      const limits: Parameters<NonNullable<Context['noteLimit']>>[0][] = []
      const ctx: Context = {
        ...ports,
        actor,
        requestId: requestIdOf(c),
        noteLimit: (state) => limits.push(state),
      }
      const call: Call = {
        c,
        ctx,
        params: toParams(route.path, c.req.param()),
        query: c.req.query(),
        body: route.body ? await readJson(c, route.bodyBytes ?? JSON_BODY_BYTES) : undefined,
      }
      try {
        return await route.handler(call)
      } finally {
        for (const [name, value] of limitHeaders(limits)) c.header(name, value)
      }
    })
  }
  return app
}

function bearerOf(header: string | undefined): string {
  const key = /^Bearer ([\x21-\x7e]+)$/i.exec(header ?? '')?.[1]
  if (key) return key
  throw new LedgerError('unauthorized', 'send a key: Authorization: Bearer rl_…')
}
