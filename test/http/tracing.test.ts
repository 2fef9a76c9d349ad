import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../lib/app.ts'
import type { Ports } from '../../lib/ports/context.ts'
import { LedgerError } from '../../lib/run/errors.ts'
import { claim, enqueue, must, report, startOne, useApp } from '../faces/v1/steps.ts'
import { unique } from '../support/make.ts'
import { CRON_SECRET } from '../support/open-app.ts'
import { textOf, useTracing } from '../support/tracing.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const CALLER = 'b7ad6b7169203331'
const PLANTED = 'planted-in-an-input'

let thrown: Error | null = null
/** A store whose reading of a run throws what the test says, and makes a span of its own before. */
const observed = (ports: Ports): Ports => ({
  ...ports,
  runs: {
    ...ports.runs,
    get(...args) {
      trace.getTracer('test').startSpan('read').end()
      return thrown ? Promise.reject(thrown) : ports.runs.get(...args)
    },
  },
})

const at = useApp({ wrap: observed })

describe('without an SDK', () => {
  it('a request is answered as ever, with or without a trace of its caller’s', async () => {
    const { status } = await at().request('GET', '/v1/runs', {
      headers: { traceparent: `00-${TRACE}-${CALLER}-01` },
    })
    expect(status).toBe(200)
    expect(trace.getActiveSpan()).toBeUndefined()
  })
})

describe('the span of a request', () => {
  const spans = useTracing()
  const only = () => {
    expect(spans()).toHaveLength(1)
    return must(spans()[0])
  }

  it('is named by method and route, and says by the conventions what was asked and answered', async () => {
    const { id } = await enqueue(at())
    const { headers } = await at().request('POST', `/v1/runs/${id}:cancel?reason=${PLANTED}`)
    const span = must(spans().at(-1))
    expect(span).toMatchObject({
      name: 'POST /v1/runs/{id}:cancel',
      kind: SpanKind.SERVER,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: undefined,
      events: [],
    })
    expect(span.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/runs/{id}:cancel',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'url.path': `/v1/runs/${id}:cancel`,
      'runledger.request.id': headers.get('x-request-id'),
      'runledger.run.id': id,
    })
  })

  it.each([
    ['GET', '/v1/runs', {}, 'GET /v1/runs', 200],
    ['GET', '/v1/runs', { key: null }, 'GET /v1/runs', 401],
    ['GET', '/v1/runs/01KBQK6M3V8Z5W0X2Y4A6C8E9G', { key: null }, 'GET /v1/runs/{id}', 401],
    ['POST', '/v1/runs', { raw: '{' }, 'POST /v1/runs', 422],
    ['GET', '/healthz', {}, 'GET /healthz', 200],
    ['GET', '/docs', {}, 'GET /docs', 200],
    ['GET', '/api/cron/tick', { key: CRON_SECRET }, 'GET /api/cron/tick', 200],
    ['GET', '/nowhere/at/all', {}, 'GET', 404],
    ['DELETE', '/v1/runs', {}, 'DELETE', 405],
    ['BREW', '/v1/runs', {}, 'HTTP', 405],
  ])('of %s %s %j is %s (%i), and no error of ours', async (method, path, sent, name, status) => {
    await at().request(method, path, sent)
    expect(only()).toMatchObject({ name, status: { code: SpanStatusCode.UNSET } })
    expect(only().attributes['http.response.status_code']).toBe(status)
    expect(only().attributes).not.toHaveProperty('error.type')
  })

  it('keeps a method that is none out of its name', async () => {
    await at().request('BREW', '/v1/runs')
    expect(only().attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'BREW',
    })
    expect(only().attributes).not.toHaveProperty('http.route')
  })

  it('is below the caller’s, of which traceparent tells', async () => {
    await at().request('GET', '/v1/runs', { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } })
    expect(only().spanContext().traceId).toBe(TRACE)
    expect(only().parentSpanContext).toMatchObject({ spanId: CALLER, isRemote: true })
  })

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${CALLER}-01`])(
    'begins a trace where traceparent is %j',
    async (traceparent) => {
      await at().request('GET', '/healthz', { headers: { traceparent } })
      expect(only().parentSpanContext).toBeUndefined()
    },
  )

  it('is below the span of whoever serves the app, where there is one', async () => {
    const headers = { traceparent: `00-${TRACE}-${CALLER}-01` }
    await trace.getTracer('test').startActiveSpan('of the HTTP server', async (outer) => {
      await at().request('GET', '/healthz', { headers })
      outer.end()
    })
    const [inner, outer] = spans()
    expect(must(inner).parentSpanContext?.spanId).toBe(must(outer).spanContext().spanId)
  })

  it('has what is done for the request below it, also of two at once', async () => {
    const ids = (await Promise.all([enqueue(at()), enqueue(at())])).map(({ id }) => id)
    await Promise.all(ids.map((id) => at().request('GET', `/v1/runs/${id}`)))
    const reads = spans().filter(({ name }) => name === 'read')
    const parents = reads.map(({ parentSpanContext }) => must(parentSpanContext).spanId)
    const requests = spans().filter(({ name }) => name === 'GET /v1/runs/{id}')
    expect(parents.toSorted()).toEqual(requests.map((span) => span.spanContext().spanId).toSorted())
    expect(requests.map(({ attributes }) => attributes['runledger.run.id']).toSorted()).toEqual(
      ids.toSorted(),
    )
  })

  it.each([
    [new TypeError(PLANTED), 500, 'TypeError'],
    [new LedgerError('unavailable', PLANTED), 503, 'unavailable'],
  ])(
    'of one that fails through us is an error of that type, without its words: %s',
    async (error, status, type) => {
      const { id } = await enqueue(at())
      thrown = error
      await at().request('GET', `/v1/runs/${id}`)
      thrown = null
      const span = must(spans().find(({ name }) => name === 'GET /v1/runs/{id}'))
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
      expect(span.attributes).toMatchObject({ 'http.response.status_code': status, 'error.type': type })
      expect(textOf(span)).not.toContain(PLANTED)
    },
  )

  it('of a stream ends when the stream begins', async () => {
    const { id } = await enqueue(at())
    const answer = await at().app.request(`/v1/runs/${id}/events`, {
      headers: { authorization: `Bearer ${at().admin}`, accept: 'text/event-stream' },
    })
    expect(spans().at(-1)).toMatchObject({ name: 'GET /v1/runs/{id}/events', ended: true })
    await answer.body?.cancel()
  })

  it('has nothing of what is sent: an input, a lease token, a key', async () => {
    const projectId = unique('p')
    const input = { note: PLANTED }
    const { run, leaseToken } = await startOne(at(), { projectId, input })
    await report(at(), run.id, 'heartbeat', { leaseToken, message: PLANTED })
    await report(at(), run.id, 'fail', { leaseToken, error: PLANTED, retryable: true })
    await claim(at(), { projectId })
    await at().request('GET', `/v1/runs?q=${PLANTED}`)
    await at().request('GET', `/objects/${PLANTED}`)
    await at().request('POST', '/v1/runs', { body: { kind: '', input } })
    expect(spans().length).toBeGreaterThan(5)
    const text = spans().map(textOf).join('')
    for (const secret of [PLANTED, leaseToken, at().admin]) expect(text).not.toContain(secret)
  })

  it('tells of a server that is not configured right', async () => {
    const refusal = new LedgerError('unavailable', 'not right')
    const app = createApp({
      openPorts: () => Promise.reject(refusal),
      newId: () => 'one',
      cronSecret: undefined,
    })
    await app.request('/v1/runs')
    expect(only()).toMatchObject({ name: 'GET /v1/runs', attributes: { 'error.type': 'unavailable' } })
  })
})
