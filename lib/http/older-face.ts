import type { Hono } from 'hono'
import type { Ports } from '../ports/context.ts'
import { answerError } from './answer-error.ts'
import { mountRoutes } from './mount-routes.ts'
import { noSuchRoute } from './no-such-route.ts'
import { type Problem, problemResponse } from './problem.ts'
import { requestIdOf } from './request-facts.ts'
import type { Route } from './route.ts'

export interface OlderFace {
  /** Below which all is this face's, such as `/script`. */
  path: string
  routes: Route[]
  openPorts: () => Promise<Ports>
  /** The face's own words for a problem. */
  toErrorBody: (problem: Problem) => object
  /** Of a request in which something is wrong. Default: 400. */
  invalidStatus?: 400 | 422
}

/**
 * A face as the clients of an older system know it: its routes, and errors in its own body, those for paths and methods that are
 * not there too. What is invalid has the status that these systems gave it; else the statuses are those of `/v1`.
 */
export function olderFace(older: OlderFace): Hono {
  const { path, routes, openPorts, toErrorBody, invalidStatus = 400 } = older
  const app = mountRoutes(routes, openPorts)
  const translate = async (response: Response): Promise<Response> => {
    const { status, headers } = response
    const body = JSON.stringify(toErrorBody((await response.json()) as Problem))
    const kept = [...headers].filter(([name]) => !name.startsWith('content-'))
    return new Response(body, {
      status: status === 422 ? invalidStatus : status,
      headers: [...kept, ['content-type', 'application/json']],
    })
  }
  app.onError(answerError(openPorts, (error, requestId) => translate(problemResponse(error, requestId))))
  app.all(`${path}/*`, (c) => translate(noSuchRoute(app, c, requestIdOf(c))))
  return app
}
