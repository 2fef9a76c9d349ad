import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Client, type ClientOptions, createClient, LedgerError } from '../../lib/client/index.ts'
import { unique } from '../support/make.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { type OddProxy, startProxy } from './proxy.ts'

let server: ServerProcess & { close(): Promise<void> }
let proxy: OddProxy
beforeAll(async () => {
  server = await startServerWithDatabase()
  proxy = await startProxy(server.url)
})
afterEach(() => {
  proxy.whim = () => 'pass'
  proxy.requests.length = 0
})
afterAll(async () => {
  await proxy?.close()
  await server?.close()
})

const clientOf = (options: Partial<ClientOptions> = {}): Client =>
  createClient({ url: proxy.url, apiKey: ADMIN_KEY, ...options })

function errorOf(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

describe('a client', () => {
  it('enqueues, lists, reads, cancels and retries runs by the names of the API', async () => {
    const client = clientOf()
    const kind = unique('client')
    const { run, replayed } = await client.enqueueRun({ kind, input: [1], idempotencyKey: 'a key' })
    expect([run.state, run.input, replayed]).toEqual(['queued', [1], false])
    const again = await client.enqueueRun({ kind, input: [1], idempotencyKey: 'a key' })
    expect([again.run.id, again.replayed]).toEqual([run.id, true])
    expect((await client.listRuns({ kind, state: ['queued', 'running'] })).data).toHaveLength(1)
    expect(await client.cancelRun({ id: run.id, reason: 'enough' })).toMatchObject({ state: 'canceled' })
    expect(await client.retryRun({ id: run.id })).toMatchObject({ state: 'queued', error: null })
    expect(await client.getRun({ id: run.id })).toMatchObject({ state: 'queued', input: [1] })
    const { data, nextAfter } = await client.listRunEvents({ id: run.id, limit: 2 })
    expect(data.map(({ type }) => type)).toEqual(['run.enqueued', 'run.canceled'])
    const rest = await client.listRunEvents({ id: run.id, after: nextAfter ?? 0 })
    expect(rest.data.map(({ type }) => type)).toEqual(['run.retried'])
    const { queue } = await client.getStats()
    expect(queue.find((one) => one.kind === kind)).toMatchObject({ depth: 1, due: 1 })
  })

  it('makes, tries, reads, triggers and deletes cron jobs', async () => {
    const client = clientOf()
    const name = unique('job with spaces (@home)')
    const action = { type: 'enqueue', kind: unique('client') } as const
    const job = await client.createCronJob({ name, schedule: '0 2 * * *', isEnabled: false, action })
    expect(await client.enableCronJob({ job: name })).toMatchObject({ id: job.id, isEnabled: true })
    expect(await client.disableCronJob({ job: job.id })).toMatchObject({ name, isEnabled: false })
    expect((await client.listCronJobs({ isEnabled: false, limit: 100 })).data.map(({ id }) => id)).toContain(
      job.id,
    )
    const { executionId } = await client.triggerCronJob({ job: name })
    expect(await client.getCronExecution({ id: executionId })).toMatchObject({
      status: 'running',
      triggeredBy: 'api',
    })
    const { data } = await client.listCronExecutions({ job: name, status: ['queued', 'running'] })
    expect(data.map(({ id }) => id)).toEqual([executionId])
    expect(await client.getCronJob({ job: name })).toMatchObject({ statistics: { byStatus: { running: 1 } } })
    expect(await client.deleteCronJob({ job: name })).toBeUndefined()
    await expect(client.getCronJob({ job: name })).rejects.toMatchObject({ code: 'not_found' })
    await expect(client.deleteCronJob({ job: '..' })).rejects.toMatchObject({ code: 'invalid' })
    const { words, nextRuns } = await client.validateSchedule({ schedule: '@daily', count: 2 })
    expect([words, nextRuns.length]).toEqual(['At 00:00 (UTC)', 2])
  })

  it('works in batches, with an answer or an error an item', async () => {
    const client = clientOf()
    const kind = unique('client')
    const [made, refused] = await client.enqueueRuns([{ kind }, { kind, maxAttempts: 0 }])
    expect(made).toMatchObject({ run: { state: 'queued' }, replayed: false })
    expect(refused).toBeInstanceOf(LedgerError)
    expect(refused).toMatchObject({ code: 'invalid', issues: [{ path: 'maxAttempts' }] })
    const [held] = await client.claimRuns({ workerId: 'w', kinds: [kind] })
    const { leaseToken = '' } = held ?? {}
    const beats = await client.heartbeatRuns([{ leaseToken, progress: 10 }, { leaseToken: 'none' }])
    expect(beats).toMatchObject([{ id: held?.run.id, cancelRequested: false }, { code: 'invalid' }])
    const ends = await client.completeRuns([{ outcome: 'succeeded', leaseToken }])
    expect(ends).toMatchObject([{ run: { state: 'succeeded' } }])
    // The same again is the same answer.
    expect(await client.succeedRun({ leaseToken })).toMatchObject({ run: { state: 'succeeded' } })
    const late = client.failRun({ leaseToken, error: 'too late' })
    await expect(late).rejects.toMatchObject({ code: 'lease_lost' })
  })

  it('throws the server’s own error: code, words, each fault', async () => {
    const error = await clientOf()
      .enqueueRun({ kind: 'not a kind', priority: 9 })
      .catch((one) => one)
    expect(error).toBeInstanceOf(LedgerError)
    expect(error).toMatchObject({
      code: 'invalid',
      issues: [
        { path: 'kind', message: expect.any(String) },
        { path: 'priority', message: expect.any(String) },
      ],
    })
    expect(proxy.requests).toHaveLength(1)
  })

  it.each([' key', 'key ', 'clé', '', 'a\nb'])(
    'refuses the idempotency key %j, which no header keeps',
    async (idempotencyKey) => {
      const refused = clientOf().enqueueRun({ kind: 'a', idempotencyKey })
      await expect(refused).rejects.toMatchObject({ code: 'invalid', issues: [{ path: 'idempotencyKey' }] })
      expect(proxy.requests).toEqual([])
    },
  )

  it('asks for the runs of no project, and for their numbers', async () => {
    const client = clientOf()
    const kind = unique('client')
    const { run } = await client.enqueueRun({ kind })
    await client.enqueueRun({ kind, projectId: unique('p') })
    const { data } = await client.listRuns({ kind, projectId: null })
    expect(data.map(({ id }) => id)).toEqual([run.id])
    const { queue } = await client.getStats({ projectId: null })
    expect(queue.find((one) => one.kind === kind)).toMatchObject({ depth: 1 })
  })

  it.each([
    [{ url: 'nonsense' }, 'url'],
    [{ url: 'localhost:3000' }, 'url'],
    [{ url: 'ftp://runs.example.com' }, 'url'],
    [{ url: 'https://user:hunter22@runs.example.com' }, 'url'],
    [{ apiKey: 'hunter22\nmore' }, 'apiKey'],
    [{ apiKey: 'hunter22é' }, 'apiKey'],
    [{ apiKey: undefined as never }, 'apiKey'],
  ])('is refused for what can be no server or key: %j, and the reason does not show it', (options, path) => {
    const error = errorOf(() => clientOf(options))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
    expect(String(error)).not.toContain('hunter22')
  })

  it('takes a key as a file has it, with a line break at its end', async () => {
    expect(await clientOf({ apiKey: `${ADMIN_KEY}\n` }).listRuns({ limit: 1 })).toHaveProperty('data')
  })

  const round: { self?: unknown } = {}
  round.self = round
  it.each([
    ['a whole number without end', 1n],
    ['what holds itself', round],
  ])('cannot send %s, and says so without trying', async (_, input) => {
    const refused = clientOf().enqueueRun({ kind: 'a', input, idempotencyKey: 'k' } as never)
    await expect(refused).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^this cannot be sent as JSON: .+$/),
    })
    expect(proxy.requests).toEqual([])
  })

  it('uses the fetch it is given, and keeps a path in its URL', async () => {
    const urls: string[] = []
    const client = clientOf({
      url: 'https://example.com/ledger',
      fetch: async (url) => {
        urls.push(String(url))
        return Response.json({ data: [], nextCursor: null })
      },
    })
    expect(await client.listRuns({ limit: 2 })).toEqual({ data: [], nextCursor: null })
    expect(urls).toEqual(['https://example.com/ledger/v1/runs?limit=2'])
  })
})

describe('a client whose server', () => {
  const once = (act: (request: IncomingMessage, response: ServerResponse) => void) => {
    let count = 0
    proxy.whim = (request, response) => {
      if (count++ > 0) return 'pass'
      act(request, response)
      return 'done'
    }
  }
  const refuseOnce = (status: number, headers: Record<string, string> = {}) =>
    once((_, response) => response.writeHead(status, headers).end())

  it('asks for patience is asked again when it wished, whatever it is for', async () => {
    refuseOnce(429, { 'retry-after': '1' })
    const began = performance.now()
    await clientOf().enqueueRun({ kind: unique('client') })
    expect(performance.now() - began).toBeGreaterThan(995)
    expect(proxy.requests).toHaveLength(2)
  })

  it('asks for more patience than anyone has is not asked again', async () => {
    refuseOnce(429, { 'retry-after': '3600' })
    const refused = clientOf().enqueueRun({ kind: unique('client') })
    await expect(refused).rejects.toMatchObject({ code: 'limited', retryAfterSeconds: 3_600 })
  })

  it('is unavailable is asked again for what twice does once', async () => {
    refuseOnce(503)
    expect(await clientOf().getStats()).toMatchObject({ byState: {} })
    refuseOnce(502)
    const item = { kind: unique('client'), idempotencyKey: 'once' }
    expect(await clientOf().enqueueRun(item)).toMatchObject({ replayed: false })
    expect(proxy.requests).toHaveLength(4)
  })

  it('is unavailable is not asked again for what twice does twice', async () => {
    refuseOnce(503)
    const kind = unique('client')
    await expect(clientOf().enqueueRun({ kind })).rejects.toMatchObject({ code: 'unavailable' })
    refuseOnce(503)
    const mixed = clientOf().enqueueRuns([{ kind, idempotencyKey: 'a' }, { kind }])
    await expect(mixed).rejects.toMatchObject({ code: 'unavailable' })
    expect(proxy.requests).toHaveLength(2)
  })

  it('is unavailable is not asked again for a batch whose keys are undefined', async () => {
    refuseOnce(503)
    const runs = [{ kind: unique('client'), idempotencyKey: undefined as never }]
    await expect(clientOf().enqueueRuns(runs)).rejects.toMatchObject({ code: 'unavailable' })
    expect(proxy.requests).toHaveLength(1)
  })

  it.each([400, 401, 403, 404, 413, 500])('is not ours and answers %i is unavailable', async (status) => {
    proxy.whim = (_, response) => {
      response.writeHead(status).end('{"detail":"Not Found","code":"Nope"}')
      return 'done'
    }
    await expect(clientOf({ retries: 0 }).getStats()).rejects.toMatchObject({
      code: 'unavailable',
      message: `${proxy.url} answers ${status}`,
    })
  })

  it('is a newer one may say what is not known yet', async () => {
    proxy.whim = (_, response) => {
      const problem = { type: '/docs#gone', code: 'gone', status: 404, detail: 'it is gone' }
      response.writeHead(404).end(JSON.stringify(problem))
      return 'done'
    }
    await expect(clientOf().getStats()).rejects.toMatchObject({ code: 'not_found', message: 'it is gone' })
  })

  it('does, and its answer is lost, gives the first run when asked again', async () => {
    let count = 0
    proxy.whim = () => (count++ === 0 ? 'swallow the answer' : 'pass')
    const kind = unique('client')
    expect(await clientOf().enqueueRun({ kind, idempotencyKey: 'k' })).toMatchObject({ replayed: true })
    expect((await clientOf().listRuns({ kind })).data).toHaveLength(1)
  })

  it('stays gone is unavailable, after the last try', async () => {
    proxy.whim = (_, response) => {
      response.destroy()
      return 'done'
    }
    await expect(clientOf({ retries: 2 }).getStats()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^cannot reach http/),
    })
    expect(proxy.requests).toHaveLength(3)
  })

  it('says nothing is unavailable after the timeout', async () => {
    proxy.whim = () => 'done'
    const asked = clientOf({ retries: 0, timeoutMs: 300 }).getStats()
    await expect(asked).rejects.toMatchObject({ message: expect.stringMatching(/no answer in time$/) })
  })

  it('waits with a claim for longer than the timeout of a request is waited for', async () => {
    const kind = unique('client')
    const client = clientOf({ timeoutMs: 1_000 })
    expect(await client.claimRuns({ workerId: 'w', kinds: [kind], waitSeconds: 2 })).toEqual([])
  })

  it('hears that a claim was given up takes nothing for it', async () => {
    const kind = unique('client')
    const asked = new AbortController()
    const waiting = clientOf().claimRuns({ workerId: 'w', kinds: [kind], waitSeconds: 20 }, asked.signal)
    setTimeout(() => asked.abort(), 300)
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    const { run } = await clientOf().enqueueRun({ kind })
    expect(await clientOf().getRun({ id: run.id })).toMatchObject({ state: 'queued', attempt: 0 })
  })
})
