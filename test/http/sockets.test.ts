import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { must, type Served, serveApp, useApp } from '../faces/v1/steps.ts'

const at = useApp()
let served: Served | undefined
beforeAll(async () => {
  served = await serveApp(at())
})
afterAll(() => served?.close())

/** What comes back to these bytes, until the server closes or says no more. */
async function talk(lines: string[], body: Iterable<string | Buffer> = []): Promise<string> {
  const { hostname, port } = new URL(must(served).url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', (piece) => {
    received += piece
  })
  // A server that has refused what is still being sent may close on the sender.
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  socket.write(`${[...lines, `Host: ${hostname}`, 'Connection: close'].join('\r\n')}\r\n\r\n`)
  for (const piece of body) {
    if (socket.destroyed || !socket.writable) break
    if (socket.write(piece)) continue
    await Promise.race([new Promise<void>((resolve) => socket.once('drain', resolve)), closed])
  }
  await closed
  return received
}

const auth = () => `Authorization: Bearer ${at().admin}`
const PIECE = Buffer.alloc(64 * 1_024, 32)

function* pieces(bytes: number): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += PIECE.length)
    yield PIECE.subarray(0, Math.min(PIECE.length, bytes - sent))
}

function* chunks(bytes: number): Generator<string | Buffer> {
  for (const piece of pieces(bytes)) {
    yield `${piece.length.toString(16)}\r\n`
    yield piece
    yield '\r\n'
  }
  yield '0\r\n\r\n'
}

describe('over a socket', () => {
  it.each([
    ['/v1/runs', 2 * 2 ** 20],
    ['/v1/runs:batch', 5 * 2 ** 20],
  ])('a body too large for %s (%i bytes) is 413, announced or in chunks', async (path, bytes) => {
    const head = [`POST ${path} HTTP/1.1`, auth(), 'Content-Type: application/json']
    const announced = await talk([...head, `Content-Length: ${bytes}`], pieces(bytes))
    expect(announced).toMatch(/^HTTP\/1\.1 413 /)
    expect(announced).toContain('"code":"too_large"')
    const chunked = await talk([...head, 'Transfer-Encoding: chunked'], chunks(bytes))
    expect(chunked).toMatch(/^HTTP\/1\.1 413 /)
    expect(chunked).toContain('"code":"too_large"')
  })

  it.each([
    ['/v1/runs', 2 * 2 ** 20],
    ['/v1/runs:batch', 5 * 2 ** 20],
  ])('fetch is told so, too: %s (%i bytes)', async (path, bytes) => {
    for (let n = 0; n < 5; n++) {
      const response = await fetch(`${must(served).url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${at().admin}`, 'content-type': 'application/json' },
        body: new Uint8Array(bytes).fill(32),
      })
      expect(response.status).toBe(413)
      expect(await response.json()).toMatchObject({ code: 'too_large' })
    }
  })

  it('a batch of 3 MB is taken', async () => {
    const input = 'a'.repeat(200_000)
    const response = await fetch(`${must(served).url}/v1/runs:batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${at().admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ runs: Array(15).fill({ kind: 'a', input }) }),
    })
    const { data } = (await response.json()) as { data: { status: number }[] }
    expect(data.map(({ status }) => status)).toEqual(Array(15).fill(201))
  })

  it.each([
    '/v1/runs/%',
    '/v1/runs/%ff',
    '/v1/runs/%00',
    '/v1/runs/%c0%af',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/v1/runs?q=%',
    '/v1//runs',
    '/\\..\\x',
  ])('the path %s is answered with a 4xx, or a page', async (path) => {
    const received = await talk([`GET ${path} HTTP/1.1`, auth()])
    expect(received).toMatch(/^HTTP\/1\.1 (4\d\d|200) /)
  })

  it('what is no HTTP, or far too long, is refused, and the next one is answered', async () => {
    expect(await talk(['nonsense'])).toMatch(/^HTTP\/1\.1 400 /)
    expect(await talk([`GET /${'a'.repeat(20_000)} HTTP/1.1`])).toMatch(/^HTTP\/1\.1 (404|414|431) /)
    expect(await talk(['GET /healthz HTTP/1.1', `X-Long: ${'a'.repeat(20_000)}`])).toMatch(/^HTTP\/1\.1 431 /)
    expect((await fetch(`${must(served).url}/healthz`)).status).toBe(200)
  })

  it('a sender that goes away in the middle of its body leaves nothing behind', async () => {
    const { hostname, port } = new URL(must(served).url)
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    socket.write(
      `POST /v1/runs HTTP/1.1\r\nHost: x\r\n${auth()}\r\nContent-Length: 1000\r\n\r\n{"kind":"half"`,
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    socket.destroy()
    expect((await fetch(`${must(served).url}/healthz`)).status).toBe(200)
    expect(await at().raw(`SELECT id FROM runs WHERE kind = 'half'`)).toEqual([])
  })
})
