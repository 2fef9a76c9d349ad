import { Hono, type Context as HonoContext } from 'hono'
import { etag } from 'hono/etag'
import { authenticate } from '../ledger/keys/authenticate.ts'
import type { Context, LimitState, Ports } from '../ports/context.ts'
import { LedgerError } from '../run/errors.ts'
import { limitHeaders } from './limit-headers.ts'
import { logWith } from './log-with.ts'
import { toParams, toPattern } from './path-pattern.ts'
import { readBytes, readJson } from './read-body.ts'
import { noteRoute, requestIdOf, wordsOf } from './request-facts.ts'
import { type Call, JSON_BODY_BYTES, type Route } from './route.ts'

/** An app that answers these routes: who asks is found out first, then the body is read, then the verb is called. */
export function mountRoutes(routes: Route[], openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  for (const route of routes) {
    const pattern = toPattern(route.path)
    if (route.etag) app.on(route.method.toUpperCase(), pattern, etag())
    app.on(route.method.toUpperCase(), pattern, async (c) => {
      const params = toParams(route.path, c.req.param())
      noteRoute(c, route, params)
      const opened = await openPorts()
      const ports = { ...opened, log: logWith(opened.log, wordsOf(c)) }
      const actor = await authenticate(ports, bearerOf(c.req.header('authorization')))
      const limits: LimitState[] = []
      const ctx: Context = {
        ...ports,
        actor,
        requestId: requestIdOf(c),
        // At once: an answer takes along the headers that were set before it was made.
        noteLimit(state) {
          limits.push(state)
          for (const [name, value] of limitHeaders(limits)) c.header(name, value)
        },
      }
      const call: Call = {
        c,
        ctx,
        params,
        query: queryOf(c),
        body: route.body ? await readJson(c, route.bodyBytes ?? JSON_BODY_BYTES) : undefined,
        bytes: route.rawBody ? await readBytes(c, route.rawBody.bytes) : NOTHING,
      }
      return route.handler(call)
    })
  }
  return app
}

const NOTHING = new Uint8Array(0)

/** Each parameter once: of two that are asked for, one would be dropped without a word. Throws `invalid`. */
function queryOf(c: HonoContext): Record<string, string> {
  const issues = Object.entries(c.req.queries())
    .filter(([, values]) => values.length > 1)
    .map(([path]) => ({ path, message: 'must be given once' }))
  if (issues.length === 0) return c.req.query()
  throw new LedgerError('invalid', `${issues[0]?.path}: ${issues[0]?.message}`, { issues })
}

function bearerOf(header: string | undefined): string {
  const key = /^Bearer ([\x21-\x7e]+)$/i.exec(header ?? '')?.[1]
  if (key) return key
  throw new LedgerError('unauthorized', 'send a key: Authorization: Bearer rl_…')
}
