import { setTimeout as sleep } from 'node:timers/promises'
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Handler, WorkerOptions } from '../../lib/worker/index.ts'
import { must } from '../faces/v1/steps.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { textOf, useTracing } from '../support/tracing.ts'
import { embed as embedOn } from './support.ts'

const PLANTED = 'planted-in-an-input'
const SECRET = 'the-value-of-a-secret'

describe('the span of a run', () => {
  const spans = useTracing()
  const runSpans = () => spans().filter(({ name }) => name.startsWith('run '))
  let server: ServerProcess & { close(): Promise<void> }
  const closing: (() => Promise<void>)[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(async () => {
    await Promise.all(closing.map((close) => close()))
    await server?.close()
  })
  const embed = async (handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}) => {
    const embedded = await embedOn(server, handlers, options)
    closing.push(embedded.proxy.close)
    return embedded
  }
  const work = (name: string) => trace.getTracer('test').startSpan(name).end()

  it('is named by its kind, says which run and how it ended, and begins a trace', async () => {
    const { bench, worker } = await embed({ 'mail.send': () => 's3://done' }, { once: true })
    const id = await bench.enqueue('mail.send', { input: { note: PLANTED } })
    const tracer = trace.getTracer('test')
    await tracer.startActiveSpan('the program', (program) => worker.run().finally(() => program.end()))
    expect(runSpans()).toHaveLength(1)
    const [span] = runSpans()
    expect(span).toMatchObject({
      name: 'run mail.send',
      kind: SpanKind.CONSUMER,
      parentSpanContext: undefined,
      status: { code: SpanStatusCode.UNSET },
      events: [],
    })
    expect(must(span).attributes).toEqual({
      'runledger.run.id': id,
      'runledger.run.kind': 'mail.send',
      'runledger.run.attempt': 1,
      'runledger.run.outcome': 'succeeded',
    })
    expect(textOf(must(span))).not.toContain(PLANTED)
  })

  it('has what its handler does below it, also of two at once', async () => {
    const both = Promise.withResolvers<void>()
    let begun = 0
    const handler: Handler = async (run) => {
      if (++begun === 2) both.resolve()
      await both.promise
      await sleep(1)
      work(`of ${run.id}`)
    }
    const { bench, worker } = await embed({ one: handler }, { once: true })
    const ids = [await bench.enqueue('one'), await bench.enqueue('one')]
    await worker.run()
    for (const id of ids) {
      const run = must(runSpans().find(({ attributes }) => attributes['runledger.run.id'] === id))
      const inner = must(spans().find(({ name }) => name === `of ${id}`))
      expect(inner.parentSpanContext?.spanId).toBe(run.spanContext().spanId)
      expect(inner.spanContext().traceId).toBe(run.spanContext().traceId)
    }
  })

  it('of one that fails is an error, in its first line, without the values of secrets', async () => {
    const handler: Handler = ({ input }) => {
      throw new Error(`no entry with ${(input as { key: string }).key}\nand more`)
    }
    const { bench, worker } = await embed({ one: handler }, { once: true, secretOf: () => SECRET })
    await bench.enqueue('one', { input: { key: { $secret: 'db' }, note: PLANTED } })
    await worker.run()
    const [span] = runSpans()
    expect(span).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'Error: no entry with [secret db]' },
      attributes: { 'runledger.run.outcome': 'failed' },
    })
    expect(textOf(must(span))).not.toMatch(`${SECRET}|${PLANTED}|and more`)
  })

  it('of one that is tried again is an error of its attempt', async () => {
    const handler: Handler = ({ attempt }) => {
      if (attempt === 1) throw new Error('not yet')
    }
    const { bench, worker } = await embed({ one: handler })
    const id = await bench.enqueue('one', { maxAttempts: 2 })
    const working = worker.run()
    await bench.becomes(id, 'succeeded')
    worker.stop()
    await working
    const told = runSpans().map(({ attributes: of, status }) => [
      of['runledger.run.attempt'],
      of['runledger.run.outcome'],
      status,
    ])
    expect(told).toEqual([
      [1, 'retried', { code: SpanStatusCode.ERROR, message: 'Error: not yet' }],
      [2, 'succeeded', { code: SpanStatusCode.UNSET }],
    ])
  })

  it('of one that was given back is no error', async () => {
    const begun = Promise.withResolvers<void>()
    const handler: Handler = async (_run, { signal }) => {
      begun.resolve()
      await sleep(60_000, undefined, { signal })
    }
    const { bench, worker } = await embed({ one: handler }, { drainMs: 0 })
    await bench.enqueue('one')
    const working = worker.run()
    await begun.promise
    worker.stop()
    await working
    expect(runSpans()).toMatchObject([
      { status: { code: SpanStatusCode.UNSET }, attributes: { 'runledger.run.outcome': 'released' } },
    ])
  })

  it('ends when the work ends, not when a ledger that has gone can be told', async () => {
    const { bench, proxy, worker } = await embed({ one: () => 'done' })
    const refusedAt: number[] = []
    proxy.whim = ({ url }, response) => {
      if (url !== '/v1/runs:complete' || refusedAt.length === 2) return 'pass'
      refusedAt.push(Date.now())
      response.writeHead(503).end()
      return 'done'
    }
    const id = await bench.enqueue('one')
    const working = worker.run()
    await bench.becomes(id, 'succeeded')
    worker.stop()
    await working
    const [seconds, nanoseconds] = must(runSpans()[0]).endTime
    expect(seconds * 1_000 + nanoseconds / 1e6).toBeLessThan(must(refusedAt[1]))
  })
})
