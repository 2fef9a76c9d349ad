import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Context as HonoContext, Next } from 'hono'
import { isLedgerError } from '../run/errors.ts'
import { pathOf, requestIdOf, routeOf, runIdOf } from './request-facts.ts'

/** The methods that the conventions let stand in a name; others are anybody's text. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']
const HEADERS = {
  get: (headers: Headers, name: string) => headers.get(name) ?? undefined,
  keys: (headers: Headers) => [...headers.keys()],
}

/**
 * A span around each request, by OpenTelemetry's conventions for HTTP servers: named by method and route, below the span
 * that is active (of the HTTP server, where that is traced), else below the caller's (`traceparent`). It ends when the answer
 * begins, which for a stream is long before its end. What is sent, query and body, does not stand in it. Without an SDK in
 * the process it does nothing.
 */
export async function traceRequest(c: HonoContext, next: Next): Promise<void> {
  const isKnown = METHODS.includes(c.req.method)
  const attributes = {
    'http.request.method': isKnown ? c.req.method : '_OTHER',
    ...(isKnown ? {} : { 'http.request.method_original': c.req.method }),
    'url.scheme': c.req.url.startsWith('https:') ? 'https' : 'http',
    'url.path': pathOf(c),
    'runledger.request.id': requestIdOf(c),
  }
  const name = isKnown ? c.req.method : 'HTTP'
  const tracer = trace.getTracer('runledger')
  await tracer.startActiveSpan(name, { kind: SpanKind.SERVER, attributes }, parentOf(c), async (span) => {
    try {
      await next()
      describeAnswer(span, c, name)
    } finally {
      span.end()
    }
  })
}

function parentOf(c: HonoContext) {
  const active = context.active()
  return trace.getSpan(active) ? active : propagation.extract(active, c.req.raw.headers, HEADERS)
}

function describeAnswer(span: Span, c: HonoContext, name: string): void {
  const [route, runId, { status }] = [routeOf(c), runIdOf(c), c.res]
  if (route !== undefined) span.updateName(`${name} ${route}`).setAttribute('http.route', route)
  if (runId !== undefined) span.setAttribute('runledger.run.id', runId)
  span.setAttribute('http.response.status_code', status)
  if (status < 500) return
  span.setAttribute('error.type', errorTypeOf(c.error, status)).setStatus({ code: SpanStatusCode.ERROR })
}

/** Never its message, which may carry values. */
function errorTypeOf(error: Error | undefined, status: number): string {
  if (error === undefined) return String(status)
  return isLedgerError(error) ? error.code : error.name
}
