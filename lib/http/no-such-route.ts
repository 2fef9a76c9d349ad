import type { Hono, Context as HonoContext } from 'hono'
import { LedgerError } from '../run/errors.ts'
import { problemResponse, toProblem } from './problem.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** The answer of an app that has no route for a request: 405 with what the path takes, or 404 where it takes nothing. */
export function noSuchRoute(app: Hono, c: HonoContext, requestId: string): Response {
  const { method, path } = c.req
  const allowed = METHODS.filter((one) => takes(app, one, path)).join(', ')
  if (allowed === '') {
    const nothing = new LedgerError('not_found', `there is nothing at ${path}; /docs lists what there is`)
    return problemResponse(nothing, requestId)
  }
  const problem = toProblem(new LedgerError('invalid', `${path} takes ${allowed}, not ${method}`), requestId)
  return c.body(JSON.stringify({ ...problem, title: 'Method not allowed', status: 405 }), 405, {
    allow: allowed,
    'content-type': 'application/problem+json',
  })
}

/** Whether more than middleware, which is for all methods, answers there. */
function takes(app: Hono, method: string, path: string): boolean {
  const [matched] = app.router.match(method, path)
  return matched.some(([[, route]]) => route.method === method)
}
