import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../lib/client/index.ts'
import { createWorker, type Handler, NonRetryableError, type WorkerOptions } from '../../lib/worker/index.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { embed as embedOn } from './support.ts'

describe.concurrent('a worker within a program', () => {
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
  /** One run done to its end. */
  const doOne = async (handler: Handler, options: Partial<WorkerOptions> = {}, more: object = {}) => {
    const { bench, lines, worker } = await embed({ one: handler }, { once: true, ...options })
    const id = await bench.enqueue('one', more)
    const summary = await worker.run()
    return { run: await bench.read(id), lines, summary }
  }
  const SECRET_INPUT = { input: { x: { $secret: 'q' } } }

  it('takes its handlers’ kinds alone, also when options are there but undefined', async () => {
    const options = { kinds: undefined, concurrency: undefined, log: undefined, drainMs: undefined }
    const { bench, worker } = await embed({ mine: () => 'done' }, { once: true, ...options } as never)
    const [mine, other] = [await bench.enqueue('mine'), await bench.enqueue('other')]
    expect(await worker.run()).toMatchObject({ succeeded: 1, failed: 0 })
    expect(await bench.read(mine)).toMatchObject({ state: 'succeeded' })
    expect(await bench.read(other)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('refuses a kind without a handler', () => {
    const client = createClient({ url: server.url, apiKey: ADMIN_KEY })
    const make = () => createWorker({ client, handlers: { mine: () => {} }, kinds: ['mine', 'other'] })
    expect(make).toThrow('this worker has no handler for other')
  })

  it('runs once', async () => {
    const { worker } = await embed({ mine: () => {} })
    const first = worker.run()
    await expect(worker.run()).rejects.toMatchObject({ code: 'conflict' })
    worker.stop()
    expect(await first).toMatchObject({ succeeded: 0 })
  })

  it('counts each run once that it cannot tell of in time', async () => {
    const { bench, proxy, worker } = await embed({ one: () => 'done' })
    const id = await bench.enqueue('one')
    proxy.whim = ({ url }, response) => {
      if (url !== '/v1/runs:complete') return 'pass'
      response.writeHead(503).end()
      return 'done'
    }
    const working = worker.run()
    await bench.becomes(id, 'running')
    worker.abort()
    const summary = await working
    await sleep(50)
    expect(summary).toMatchObject({ lost: 1, released: 0 })
  })

  it('gives back what runs, however long its grace', async () => {
    const { bench, worker } = await embed(
      { sleeper: (_run, { signal }) => sleep(60_000, undefined, { signal }) },
      { drainMs: 0, graceMs: 2 ** 31 },
    )
    const id = await bench.enqueue('sleeper')
    const warnings: string[] = []
    const note = ({ name }: Error) => warnings.push(name)
    process.on('warning', note)
    const working = worker.run()
    await bench.becomes(id, 'running')
    worker.stop()
    expect(await working).toMatchObject({ released: 1, lost: 0 })
    process.off('warning', note)
    expect(warnings).toEqual([])
  })

  it('fails a run whose secrets cannot be looked up, and may try it again', async () => {
    const secretOf = () => {
      throw new Error('the vault is shut')
    }
    const { run, summary } = await doOne(() => 'done', { secretOf }, { ...SECRET_INPUT, maxAttempts: 2 })
    expect(summary).toMatchObject({ retried: 1, lost: 0 })
    expect(run).toMatchObject({
      state: 'queued',
      error: expect.stringContaining('secrets could not be looked up: Error: the vault is shut'),
    })
  })

  it('ends a run whose line of the log cannot be written', async () => {
    const info = () => {
      throw new Error('the disk is full')
    }
    const log = { info, warn: info, error: info }
    const { run, summary } = await doOne(() => 'done', { log })
    expect([run.state, summary.succeeded]).toEqual(['succeeded', 1])
  })

  it.each(['error', 'failed', 'outcome', 'retryable'])(
    'keeps the secret %j out of texts alone',
    async (secret) => {
      const handler = () => {
        throw new NonRetryableError(`bad ${secret}`)
      }
      const { run } = await doOne(handler, { secretOf: () => secret }, SECRET_INPUT)
      expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('bad [secret q]') })
    },
  )

  it('keeps a secret out of a text that lost its last line break', async () => {
    const handler: Handler = (run) => {
      throw new Error(`login with ${(run.input as { x: string }).x.trim()} refused`)
    }
    const { run } = await doOne(handler, { secretOf: () => 'hunter2\n' }, SECRET_INPUT)
    expect(run.error).toContain('login with [secret q] refused')
  })

  it('writes dates and URLs of a run with secrets as they are', async () => {
    const at = new Date('2026-11-22T03:00:00Z')
    const handler: Handler = (_run, { log }) =>
      log('there', { at, url: new URL('https://a.example/hunter22') })
    const { lines } = await doOne(handler, { secretOf: () => 'hunter22' }, SECRET_INPUT)
    expect(lines.find(({ message }) => message === 'there')).toMatchObject({
      at: at.toJSON(),
      url: 'https://a.example/[secret q]',
    })
  })

  const circular = new NonRetryableError('it is round')
  circular.cause = new Error('its cause', { cause: circular })
  it.each<[string, () => unknown, RegExp]>([
    ['a text that gives runs back', () => 'released', /^it failed: released$/],
    ['an error that caused itself', () => circular, /it is round.*caused by: Error: its cause.*told above/s],
    [
      'several errors',
      () => new AggregateError([new Error('one is down'), new Error('two is down')], 'all are down'),
      /all are down.*error 1: Error: one is down.*error 2: Error: two is down/s,
    ],
    ['an object', () => ({ code: 7, message: 'plain' }), /^\{ code: 7, message: 'plain' \}$/],
    ['what has no words', () => Object.create(null), /^\[Object: null prototype\] \{\}$/],
    ['nothing', () => undefined, /^undefined$/],
  ])('tells of a handler that throws %s', async (_, thrown, words) => {
    let times = 0
    const { run, summary } = await doOne(() => {
      times++
      throw thrown()
    })
    expect([times, summary.failed]).toEqual([1, 1])
    expect(run.error).toMatch(words)
  })
})
