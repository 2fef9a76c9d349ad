import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import selfSigned from 'smtp-server/lib/tls-options'
import { afterEach, describe, expect, it } from 'vitest'
import { guardedOutbound } from '../../lib/notify/guarded-outbound.ts'
import type { OutboundRequest } from '../../lib/ports/outbound.ts'
import { refusal } from '../ledger/steps.ts'
import { startReceiver } from '../support/receiver.ts'

const SECRET = 'geheim'
/** For what never comes. */
const SOON_MS = 300
const outbound = guardedOutbound({ allowLoopback: true })

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server that does with each connection, once something was sent, what it likes. */
async function startRaw(serve: (socket: Socket) => void): Promise<{ url: string; sockets: Socket[] }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => serve(socket))
  })
  const url = await listening(server)
  closing.unshift(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  return { url, sockets }
}

async function listening(server: Server, scheme = 'http'): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/${SECRET}?key=${SECRET}`
}

function post(url: string, more: Partial<OutboundRequest> = {}) {
  return outbound.post({ url, headers: {}, body: '{}', timeoutMs: 20_000, ...more })
}

/** What an error tells, with all that a log would have of it. */
async function told(work: Promise<unknown>) {
  const error = await refusal(work)
  expect(JSON.stringify([error.message, error.stack, error.cause, error.issues])).not.toContain(SECRET)
  return error
}

describe('an answer that does not come', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['at all', () => {}],
    ['further than its first line', (socket) => socket.write('HTTP/1.1 200 OK\r\n')],
    ['to the end of its head', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Slow: ')],
    ['to the end of its body', (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')],
    ['after a promise of one', (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(3))],
  ])('%s is not waited for', async (_, serve) => {
    const { url, sockets } = await startRaw(serve)
    const { code, message } = await told(post(url, { timeoutMs: SOON_MS }))
    expect([code, message]).toEqual([
      'unavailable',
      `${new URL(url).host} gave no whole answer within ${SOON_MS / 1_000} s`,
    ])
    await closed(sockets)
  })

  it('faster than a byte at a time is not waited for', async () => {
    const { url, sockets } = await startRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
      const dripping = setInterval(() => socket.write('.'), 20)
      socket.once('close', () => clearInterval(dripping))
    })
    expect(await told(post(url, { timeoutMs: SOON_MS }))).toMatchObject({ code: 'unavailable' })
    await closed(sockets)
  })

  it('from a resolver is not waited for', async () => {
    const silent = guardedOutbound({ resolve: () => new Promise(() => {}) })
    const url = `https://silent.example/${SECRET}`
    const work = silent.post({ url, headers: {}, body: '', timeoutMs: SOON_MS })
    expect(await told(work)).toMatchObject({
      code: 'unavailable',
      message: 'silent.example gave no whole answer within 0.3 s',
    })
  })
})

describe('an answer that is none', () => {
  it.each<[string, (socket: Socket) => void]>([
    ['no HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n')],
    ['nothing', (socket) => socket.end()],
    ['half a head', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-')],
    ['half a body', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab')],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['a head without end', (socket) => endless(socket, 'HTTP/1.1 200 OK\r\n', 'X-More: and more\r\n')],
    [
      'another protocol',
      (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
  ])('but %s is that it cannot be reached', async (_, serve) => {
    const { url, sockets } = await startRaw(serve)
    const { code, message } = await told(post(url))
    expect(code).toBe('unavailable')
    expect(message).toMatch(/^127\.0\.0\.1:\d+ cannot be reached( \(\w+\))?$/)
    await closed(sockets)
  })

  it('where nobody listens says so', async () => {
    const receiver = await startReceiver()
    await receiver.close()
    expect(await told(post(`${receiver.url}${SECRET}`))).toMatchObject({
      code: 'unavailable',
      message: `127.0.0.1:${receiver.port} cannot be reached (ECONNREFUSED)`,
    })
  })

  it('by a certificate that nobody vouches for is none', async () => {
    const server = createTlsServer(selfSigned({}), (_request, response) => response.end('ok'))
    server.on('tlsClientError', () => {})
    const url = await listening(server, 'https')
    closing.unshift(() => new Promise((done) => server.close(done)))
    const { code, message } = await told(post(url))
    expect([code, message]).toEqual(['unavailable', expect.stringMatching(/cannot be reached \([A-Z_]+\)$/)])
  })
})

describe('an answer without end', () => {
  it('is read as far as 32 KB, and its connection closed', async () => {
    const { url, sockets } = await startRaw((socket) =>
      endless(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(1_000)),
    )
    expect(await post(url)).toEqual({ status: 200, body: 'x'.repeat(32_768), retryAfterMs: null })
    await closed(sockets)
  })

  it('in pieces is, too', async () => {
    const { url, sockets } = await startRaw((socket) =>
      endless(
        socket,
        'HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n',
        `3e8\r\n${'y'.repeat(1_000)}\r\n`,
      ),
    )
    expect(await post(url)).toEqual({ status: 500, body: 'y'.repeat(32_768), retryAfterMs: null })
    await closed(sockets)
  })

  it('is not cut in the middle of a character, and holds nothing that no database keeps', async () => {
    const receiver = await startReceiver()
    closing.unshift(() => receiver.close())
    receiver.answer((response) => response.end(`\u0000${'ä'.repeat(20_000)}`))
    expect((await post(receiver.url)).body).toBe(`\uFFFD${'ä'.repeat(16_383)}`)
    receiver.answer((response) => response.end(Buffer.from([0x61, 0xff, 0xc3])))
    expect((await post(receiver.url)).body).toBe('a\uFFFD')
  })
})

describe('a call that is broken off', () => {
  const reason = new Error('the job is over')

  it('before it began sends nothing', async () => {
    const receiver = await startReceiver()
    closing.unshift(() => receiver.close())
    await expect(post(receiver.url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(receiver.connections()).toBe(0)
  })

  it('while it waits ends with the reason, and its connection', async () => {
    const stopping = new AbortController()
    const { url, sockets } = await startRaw(() => stopping.abort(reason))
    await expect(post(url, { signal: stopping.signal })).rejects.toBe(reason)
    await closed(sockets)
  })

  it('in the middle of its answer does, too', async () => {
    const stopping = new AbortController()
    const { url, sockets } = await startRaw((socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab', () => stopping.abort(reason)),
    )
    await expect(post(url, { signal: stopping.signal })).rejects.toBe(reason)
    await closed(sockets)
  })

  it('while a name is looked up does, too', async () => {
    const stopping = new AbortController()
    const resolve = () => {
      stopping.abort(reason)
      return new Promise<never>(() => {})
    }
    const work = guardedOutbound({ resolve }).post({
      url: 'http://silent.example/',
      headers: {},
      body: '',
      timeoutMs: 20_000,
      signal: stopping.signal,
    })
    await expect(work).rejects.toBe(reason)
  })
})

/** Sends for as long as anybody listens. */
function endless(socket: Socket, head: string, piece: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  }
  socket.on('drain', more)
  socket.write(head)
  more()
}

/** That the caller has let go of all connections. */
async function closed(sockets: Socket[]): Promise<void> {
  expect(sockets).toHaveLength(1)
  await expect
    .poll(() => sockets.every((socket) => socket.closed || socket.readableEnded), { timeout: 20_000 })
    .toBe(true)
}
