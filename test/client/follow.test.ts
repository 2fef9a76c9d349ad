import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type RunEvent } from '../../lib/client/index.ts'
import { until } from '../support/cli.ts'
import { unique } from '../support/make.ts'
import { startOddServer } from '../support/odd-server.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { type OddProxy, startProxy } from './proxy.ts'

describe('following a run', () => {
  let server: ServerProcess & { close(): Promise<void> }
  let proxy: OddProxy
  beforeAll(async () => {
    server = await startServerWithDatabase()
  })
  afterEach(() => proxy?.close())
  afterAll(() => server?.close())

  /** A claimed run, with what becomes known of it from now on. */
  const begin = async () => {
    proxy = await startProxy(server.url)
    const client = createClient({ url: proxy.url, apiKey: ADMIN_KEY })
    const direct = createClient({ url: server.url, apiKey: ADMIN_KEY })
    const kind = unique('followed')
    const { run } = await direct.enqueueRun({ kind })
    const [held] = await direct.claimRuns({ workerId: 'w', kinds: [kind] })
    const gone = new AbortController()
    const events = (await client.followRun({ id: run.id }, gone.signal)) as AsyncIterable<RunEvent>
    const seen: string[] = []
    const following = (async () => {
      for await (const { type } of events) seen.push(type)
    })()
    await until(() => seen.length === 2, 'the first events')
    const end = () => direct.succeedRun({ leaseToken: held?.leaseToken ?? '' })
    return { client, id: run.id, seen, following, gone, end }
  }

  it('tells what happens as it happens, and ends with the run', async () => {
    const { client, id, seen, following, end } = await begin()
    expect(seen).toEqual(['run.enqueued', 'run.started'])
    await end()
    await following
    expect(seen).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
    expect(await client.followRun({ id, after: 3 })).not.toBeUndefined()
  })

  it('is null for a run that has ended and whose end is known', async () => {
    const { client, id, following, end } = await begin()
    await end()
    await following
    const { data } = await client.listRunEvents({ id })
    expect(await client.followRun({ id, after: data.at(-1)?.id ?? 0 })).toBeNull()
  })

  it('goes on where it was after a broken connection, a bad gateway and a server that is gone', async () => {
    const { seen, following, end } = await begin()
    proxy.hangUp()
    await until(() => proxy.requests.length === 2, 'it to come back')
    let count = 0
    proxy.whim = (_, response) => {
      if (count++ > 0) return 'pass'
      response.writeHead(502).end('<html>')
      return 'done'
    }
    proxy.hangUp()
    await until(() => count === 2, 'it to come back again')
    await proxy.goAway()
    await end()
    await sleep(1_500)
    await proxy.comeBack()
    await following
    expect(seen).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
  })

  it('ends without a word when it is not wanted any more', async () => {
    const { seen, following, gone } = await begin()
    gone.abort()
    await following
    expect(seen).toHaveLength(2)
  })

  it('throws at once for a run that is none', async () => {
    const { client, gone } = await begin()
    const none = client.followRun({ id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' })
    await expect(none).rejects.toMatchObject({ code: 'not_found' })
    gone.abort()
  })

  it('takes a page that is no stream for what it is', async () => {
    const odd = await startOddServer((_, response) => response.end('{"data":[]}'))
    const client = createClient({ url: odd.url, apiKey: 'any', retries: 0 })
    await expect(client.followRun({ id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' })).rejects.toMatchObject({
      code: 'unavailable',
    })
    await odd.close()
  })
})
