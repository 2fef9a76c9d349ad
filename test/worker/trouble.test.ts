import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Handler, RunStopped, type WorkerOptions } from '../../lib/worker/index.ts'
import type { OddProxy } from '../client/proxy.ts'
import { until } from '../support/cli.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { embed as embedOn } from './support.ts'

describe('a worker whose ledger', () => {
  let server: ServerProcess & { close(): Promise<void> }
  const proxies: OddProxy[] = []
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterEach(() => Promise.all(proxies.splice(0).map((proxy) => proxy.close())))
  afterAll(() => server?.close())

  /** A worker in this process, behind a proxy that goes with the test. */
  const embed = async (handlers: Record<string, Handler>, options: Partial<WorkerOptions> = {}) => {
    const embedded = await embedOn(server, handlers, options)
    proxies.push(embedded.proxy)
    return embedded
  }

  it('is gone for 10 s goes on with its runs, tells their end, and takes new ones', async () => {
    const { bench, proxy, lines, worker } = await embed({
      short: () => sleep(3_000, 'short'),
      long: () => sleep(14_000, 'long'),
    })
    const [short, long] = [await bench.enqueue('short'), await bench.enqueue('long')]
    const working = worker.run()
    await until(() => proxy.requests.length >= 2, 'both to be taken')
    await bench.becomes(long, 'running')
    await proxy.goAway()
    await sleep(10_000)
    await proxy.comeBack()
    const later = await bench.enqueue('short')
    expect(await bench.becomes(short, 'succeeded')).toMatchObject({ attempt: 1, outputRef: 'short' })
    // How long it took, not how long it took to tell.
    expect((await bench.read(short)).durationMs).toBeLessThan(4_000)
    expect(await bench.becomes(long, 'succeeded')).toMatchObject({ attempt: 1 })
    await bench.becomes(later, 'succeeded')
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 3, lost: 0 })
    const troubles = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
    expect(troubles).toEqual([
      expect.stringMatching(/^claims: cannot reach .*; it is tried again$/),
      expect.stringMatching(/^completions: cannot reach .*; it is tried again$/),
    ])
    expect(lines.filter(({ message }) => /works again after \d+ s/.test(message))).toHaveLength(2)
  }, 60_000)

  it('loses the answer to a claim gives the same runs again, and none twice', async () => {
    const { bench, proxy, worker } = await embed({ short: () => 'done' }, { concurrency: 2 })
    let swallowed = 0
    proxy.whim = ({ url }) => (url === '/v1/runs:claim' && swallowed++ < 2 ? 'swallow the answer' : 'pass')
    const ids = [await bench.enqueue('short'), await bench.enqueue('short')]
    const working = worker.run()
    for (const id of ids) expect(await bench.becomes(id, 'succeeded')).toMatchObject({ attempt: 1, fence: 1 })
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 2 })
  })

  it('loses the answer to a completion is told again, and nobody minds', async () => {
    const { bench, proxy, worker } = await embed({ short: () => 'done' })
    let swallowed = 0
    proxy.whim = ({ url }) => (url === '/v1/runs:complete' && swallowed++ < 1 ? 'swallow the answer' : 'pass')
    const id = await bench.enqueue('short')
    const working = worker.run()
    await until(() => proxy.requests.filter((one) => one === 'POST /v1/runs:complete').length === 2)
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 1 })
    expect(await bench.read(id)).toMatchObject({ state: 'succeeded', outputRef: 'done' })
  })

  it('answers nothing for a whole lease stops what another may have by then, and lets the last attempt go on', async () => {
    const reasons: Record<string, unknown> = {}
    const { bench, proxy, worker } = await embed(
      {
        shared: async (_run, { signal }) => {
          await sleep(60_000, undefined, { signal }).catch(() => {})
          reasons.shared = signal.reason
          signal.throwIfAborted()
        },
        alone: async (_run, { signal }) => {
          await sleep(13_000, undefined, { signal })
          return 'told late'
        },
      },
      { leaseSeconds: 10 },
    )
    const shared = await bench.enqueue('shared', { maxAttempts: 2 })
    const alone = await bench.enqueue('alone')
    const working = worker.run()
    await bench.becomes(shared, 'running')
    await bench.becomes(alone, 'running')
    await proxy.goAway()
    await until(() => reasons.shared, 'the shared run to be stopped')
    expect(reasons.shared).toBeInstanceOf(RunStopped)
    expect(reasons.shared).toMatchObject({ reason: 'lease_lost' })
    await sleep(3_500)
    await proxy.comeBack()
    expect(await bench.becomes(alone, 'succeeded')).toMatchObject({ attempt: 1, outputRef: 'told late' })
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 1, lost: 1 })
  }, 60_000)

  it('takes a cancel with the next heartbeat, sooner when there is progress', async () => {
    const { bench, worker } = await embed({
      chatty: async (_run, { signal, progress }) => {
        for (let percent = 0; !signal.aborted; percent++) {
          progress(percent, `step ${percent}`)
          await sleep(100)
        }
        signal.throwIfAborted()
      },
    })
    const id = await bench.enqueue('chatty')
    const working = worker.run()
    await until(async () => (await bench.read(id)).progress > 10, 'progress')
    expect((await bench.read(id)).progressMessage).toMatch(/^step \d+$/)
    await bench.cancel(id)
    await bench.becomes(id, 'canceled', 5_000)
    worker.stop()
    expect(await working).toMatchObject({ canceled: 1 })
  })

  it('is told of many ends in few requests', async () => {
    const { bench, proxy, worker } = await embed({ short: () => sleep(20, 'done') }, { concurrency: 50 })
    const runs = Array.from({ length: 300 }, () => ({ kind: 'short', projectId: bench.projectId }))
    await server.api.post('/v1/runs:batch', { runs })
    const working = worker.run()
    await until(async () => {
      const { body } = await server.api.get<{ data: unknown[] }>(
        `/v1/runs?projectId=${bench.projectId}&state=queued,running&limit=1`,
      )
      return body.data.length === 0
    }, 'all to be done')
    worker.stop()
    expect(await working).toMatchObject({ succeeded: 300 })
    const completions = proxy.requests.filter((one) => one === 'POST /v1/runs:complete').length
    expect(completions).toBeLessThan(60)
  })
})
