import type { Context as HonoContext } from 'hono'
import { matchedRoutes } from 'hono/route'
import { RunId } from '../run/ids.ts'
import type { Route } from './route.ts'

/** The id this request goes by in logs and errors. */
export function requestIdOf(c: HonoContext): string {
  return c.get('requestId') as string
}

/** The path as it may stand in a log or a trace: a signed URL opens its object to whoever reads it. */
export function pathOf(c: HonoContext): string {
  return c.req.path.replace(/^(\/objects\/).+/s, '$1…')
}

/** Notes which route a request has come to, and which run it is about, for the log and the trace. */
export function noteRoute(c: HonoContext, { path }: Route, params: Record<string, string>): void {
  c.set('route', path)
  const runId = RunId.safeParse(params.job_id ?? params.id)
  if (/\/(runs\/\{id|jobs\/\{job_id)\}/.test(path) && runId.success) c.set('runId', runId.data)
}

/** The route as it is documented; undefined where there is none. */
export function routeOf(c: HonoContext): string | undefined {
  return c.get('route') ?? matchedRoutes(c).findLast(({ path }) => path !== '/*')?.path
}

/** The run a request is about, where its path names one. */
export function runIdOf(c: HonoContext): string | undefined {
  return c.get('runId')
}

/** What every line of the log says of a request. */
export function wordsOf(c: HonoContext): { requestId: string; runId?: string } {
  const runId = runIdOf(c)
  return { requestId: requestIdOf(c), ...(runId === undefined ? {} : { runId }) }
}
