import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Handler, WorkerOptions } from '../../lib/worker/index.ts'
import type { OddProxy } from '../client/proxy.ts'
import { until } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { embed as embedOn } from './support.ts'

const COMPLETE = '/v1/runs:complete'
const HEARTBEAT = '/v1/runs:heartbeat'

describe.concurrent('a worker behind a proxy', () => {
  let server: ServerProcess & { close(): Promise<void> }
  const proxies: OddProxy[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterAll(async () => {
    await Promise.all(proxies.map((proxy) => proxy.close()))
    await server?.close()
  })
  const embed = async (handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}) => {
    const embedded = await embedOn(server, handlers, options)
    proxies.push(embedded.proxy)
    return embedded
  }
  const page = (response: ServerResponse, status: number) => {
    response.writeHead(status, { 'content-type': 'text/html' }).end('<html>not us')
    return 'done' as const
  }

  it.each([400, 401, 403, 404, 413])(
    'whose %i passes loses no finished work, and goes on',
    async (status) => {
      const gate = Promise.withResolvers<void>()
      const { bench, proxy, worker } = await embed({ gated: () => gate.promise.then(() => 'done') })
      const id = await bench.enqueue('gated')
      const working = worker.run()
      await bench.becomes(id, 'running')
      let answered = 0
      proxy.whim = (_, response) => {
        answered++
        return page(response, status)
      }
      gate.resolve()
      await until(() => answered >= 3, 'some odd answers')
      proxy.whim = () => 'pass'
      expect(await bench.becomes(id, 'succeeded')).toMatchObject({ outputRef: 'done', attempt: 1 })
      const later = await bench.enqueue('gated')
      await bench.becomes(later, 'succeeded')
      worker.stop()
      expect(await working).toMatchObject({ succeeded: 2, lost: 0 })
    },
  )

  it.each([422, 400])(
    'whose server refuses a whole request with %i sends no end of its own making',
    async (status) => {
      const { bench, proxy, worker } = await embed({ short: () => 'done' }, { drainMs: 100, graceMs: 0 })
      const bodies: string[] = []
      proxy.whim = (request, response) => {
        if (request.url !== COMPLETE) return 'pass'
        request.on('data', (chunk) => bodies.push(String(chunk)))
        request.on('end', () => {
          response.writeHead(status, { 'content-type': 'application/problem+json' })
          response.end(JSON.stringify({ code: 'invalid', status, detail: 'no' }))
        })
        return 'done'
      }
      const id = await bench.enqueue('short')
      const working = worker.run()
      await until(() => bodies.length > 0, 'the end to be told')
      await sleep(300)
      worker.stop()
      expect(await working).toMatchObject({ lost: 1 })
      expect(bodies).toHaveLength(1)
      expect(await bench.read(id)).toMatchObject({ state: 'running' })
    },
  )

  it.each([
    ['429 with Retry-After', 429, { 'retry-after': '2' }, 1],
    ['503', 503, {}, 4],
  ])(
    'whose heartbeats get %s is left alone, however much progress there is',
    async (_, status, headers, most) => {
      const { bench, proxy, worker } = await embed({
        chatty: async (_run, { progress, signal }) => {
          for (let n = 0; !signal.aborted; n++) {
            progress(n % 100)
            await sleep(50)
          }
          signal.throwIfAborted()
        },
      })
      const id = await bench.enqueue('chatty')
      const working = worker.run()
      await until(() => proxy.requests.includes(`POST ${HEARTBEAT}`), 'a heartbeat')
      let beats = 0
      proxy.whim = ({ url }, response) => {
        if (url !== HEARTBEAT) return 'pass'
        beats++
        response.writeHead(status, headers).end()
        return 'done'
      }
      await until(() => beats > 0, 'a heartbeat to fail')
      await sleep(1_900)
      expect(beats).toBeLessThanOrEqual(most)
      proxy.whim = () => 'pass'
      await bench.cancel(id)
      await bench.becomes(id, 'canceled')
      worker.stop()
      await working
    },
  )

  it('that hangs is waited for until the lease is over, and no longer', async () => {
    let stoppedAfter = 0
    const { bench, proxy, worker } = await embed(
      {
        shared: async (_run, { signal }) => {
          const began = performance.now()
          await sleep(60_000, undefined, { signal }).catch(() => {})
          stoppedAfter = performance.now() - began
        },
      },
      { leaseSeconds: 10, drainMs: 0, graceMs: 0 },
    )
    const id = await bench.enqueue('shared', { maxAttempts: 2 })
    const working = worker.run()
    await bench.becomes(id, 'running')
    proxy.whim = () => 'done'
    await until(() => stoppedAfter > 0, 'the run to be stopped')
    expect(stoppedAfter).toBeGreaterThan(9_500)
    expect(stoppedAfter).toBeLessThan(10_400)
    worker.abort()
    await working
  })

  it('tells ends of many bytes in batches that the server takes', async () => {
    const { ended, summary } = await endAll(300, () => 'pass')
    expect(summary).toMatchObject({ failed: 300, lost: 0 })
    expect(ended).toBeLessThan(15)
  })

  it('that takes less than the server tells ends in smaller batches', async () => {
    const { summary } = await endAll(30, ({ headers }, response) =>
      Number(headers['content-length']) > 100_000 ? page(response, 413) : 'pass',
    )
    expect(summary).toMatchObject({ failed: 30, lost: 0 })
  })

  /** So many runs that all end at once, each with an error of 16 KB in 5,400 characters. */
  async function endAll(count: number, whim: OddProxy['whim']) {
    const gate = Promise.withResolvers<void>()
    let begun = 0
    const { bench, proxy, worker } = await embed(
      {
        wordy: async () => {
          if (++begun === count) gate.resolve()
          await gate.promise
          throw new Error('記'.repeat(20_000))
        },
      },
      { concurrency: count, once: true },
    )
    proxy.whim = whim
    const runs = Array.from({ length: count }, () => ({ kind: 'wordy', projectId: bench.projectId }))
    await server.api.post('/v1/runs:batch', { runs })
    const summary = await worker.run()
    return { summary, ended: proxy.requests.filter((one) => one === `POST ${COMPLETE}`).length }
  }
})
