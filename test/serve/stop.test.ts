import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../lib/run/event.ts'
import type { Run } from '../../lib/run/run.ts'
import { until } from '../support/cli.ts'
import { startReceiver } from '../support/receiver.ts'
import type { ServerProcess } from '../support/server.ts'
import { enqueueOne, postgresOn, useServers } from './servers.ts'

const { folder, start } = useServers()

/** Waits for work until the server lets go of it; the time it took. */
async function longPoll({ api }: ServerProcess): Promise<number> {
  const began = performance.now()
  await api.post('/v1/runs:claim', { workerId: 'w', kinds: ['none.such'], waitSeconds: 25 }).catch(() => {})
  return performance.now() - began
}

async function startRun({ api }: ServerProcess, leaseSeconds = 60): Promise<string> {
  const start = { id: ulid(), kind: 'test.serve', workerId: 'w', leaseSeconds }
  return (await api.post<{ run: Run }>('/v1/runs:start', start)).body.run.id
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('ends a server that has nothing to do at once, with 0, and its database with it', async () => {
    const data = await folder()
    const server = await start(data)
    await enqueueOne(server)
    expect(await postgresOn(data)).toHaveLength(1)
    const began = performance.now()
    server.cli.process.kill(signal)
    expect(await server.cli.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    expect(performance.now() - began).toBeLessThan(4_000)
    expect(await postgresOn(data)).toEqual([])
  })
})

describe('SIGTERM', () => {
  it('lets a request in work finish', async () => {
    const server = await start(await folder())
    const { promise, resolve } = Promise.withResolvers<[number | undefined, string]>()
    const sending = request(
      `${server.url}/v1/runs`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.env.RUNLEDGER_API_KEY}`,
          'content-type': 'application/json',
        },
      },
      async (response) => resolve([response.statusCode, await text(response)]),
    )
    sending.write('{"kind": "test.')
    await once(sending, 'socket')
    await delay(500)
    server.cli.process.kill('SIGTERM')
    await delay(500)
    sending.end('slow"}')
    const [status, body] = await promise
    expect(status).toBe(201)
    expect(JSON.parse(body)).toMatchObject({ kind: 'test.slow', state: 'queued' })
    expect((await server.cli.ended).code).toBe(0)
  })

  it('lets go of a receiver that does not answer, and its delivery is made by the next server', async () => {
    const receiver = await startReceiver()
    const data = await folder()
    const env = { OUTBOUND_ALLOW_LOOPBACK: 'on' }
    try {
      // Silence.
      receiver.answer(() => {})
      const server = await start(data, env)
      const webhook = { url: `${receiver.url}hook`, events: ['run.canceled'] }
      const { id } = (await server.api.post<{ id: string }>('/v1/webhooks', webhook)).body
      await server.api.post(`/v1/runs/${await enqueueOne(server)}:cancel`, {})
      await until(() => receiver.received.length === 1)
      server.cli.process.kill('SIGTERM')
      expect(await server.cli.ended).toMatchObject({ code: 0, stderr: '' })
      const next = await start(data, env)
      type Page = { data: { status: string; nextAttemptAt: string; lastAttemptAt: string }[] }
      const { body } = await next.api.get<Page>(`/v1/webhooks/${id}/deliveries`)
      // Given back, and not left to a lease of two minutes.
      expect(body.data).toMatchObject([{ status: 'pending', error: null, attempts: 1 }])
      expect(Date.parse(body.data[0]?.nextAttemptAt ?? '')).toBeLessThanOrEqual(Date.now())
    } finally {
      await receiver.close()
    }
  })

  it('ends a long poll and a stream of events promptly, and takes no more requests', async () => {
    const data = await folder()
    const server = await start(data)
    const id = await startRun(server)
    const poll = longPoll(server)
    const headers = { authorization: `Bearer ${server.env.RUNLEDGER_API_KEY}`, accept: 'text/event-stream' }
    const stream = await fetch(`${server.url}/v1/runs/${id}/events`, { headers })
    const reader = (stream.body as ReadableStream<Uint8Array>).getReader()
    expect(new TextDecoder().decode((await reader.read()).value)).toContain('run.started')
    await delay(500)
    const began = performance.now()
    server.cli.process.kill('SIGTERM')
    await reader.read().catch(() => {})
    await poll
    expect(performance.now() - began).toBeLessThan(6_000)
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    expect((await server.cli.ended).code).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000)
    expect(await postgresOn(data)).toEqual([])
  })

  it('a second time ends it at once', async () => {
    const data = await folder()
    const server = await start(data)
    const poll = longPoll(server)
    await delay(500)
    server.cli.process.kill('SIGTERM')
    await delay(300)
    const began = performance.now()
    server.cli.process.kill('SIGTERM')
    expect(await server.cli.ended).toMatchObject({ code: 143 })
    expect(performance.now() - began).toBeLessThan(5_000)
    await poll
    await until(async () => (await postgresOn(data)).length === 0, 'the end of the database')
  })
})

describe('the timer', () => {
  it('sweeps a run whose worker is gone', async () => {
    const server = await start(await folder())
    const id = await startRun(server, 10)
    const read = async () => (await server.api.get<Run>(`/v1/runs/${id}`)).body
    await until(async () => (await read()).state === 'failed', 'the sweep')
    expect(await read()).toMatchObject({ errorCode: 'lost', error: expect.stringMatching(/^worker lost/) })
    const { body } = await server.api.get<{ data: RunEvent[] }>(`/v1/runs/${id}/events`)
    expect(body.data.map(({ type }) => type)).toEqual(['run.started', 'run.lost', 'run.failed'])
  }, 40_000)
})
