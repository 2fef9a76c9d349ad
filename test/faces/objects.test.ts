import { createHash } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDisk } from '../../lib/objects/disk/open-disk.ts'
import type { ObjectStore, PresignedRequest } from '../../lib/ports/object-store.ts'
import { listProcesses, readMemory } from '../../lib/process/process-table.ts'
import { hkdfSigner } from '../../lib/runtime/signer.ts'
import { must } from '../contracts/harness.ts'
import { makeHome, until } from '../support/cli.ts'
import { expectDocumented } from '../support/open-app.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const SECRET = 'a secret of the tests, which signs the URLs of objects'
const MINUTE = { expiresSeconds: 60 }

let home: Awaited<ReturnType<typeof makeHome>>
let server: ServerProcess & { close(): Promise<void> }
/** The store of the server, as another process has it open. */
let store: ObjectStore
beforeAll(async () => {
  home = await makeHome()
  const RUNLEDGER_DATA_DIR = join(home.path, 'data')
  server = await startServerWithDatabase({ RUNLEDGER_SECRET: SECRET, RUNLEDGER_DATA_DIR })
  const folder = join(RUNLEDGER_DATA_DIR, 'objects')
  store = await openDisk({ folder, signer: hkdfSigner(SECRET), baseUrl: () => server.url })
})
afterAll(async () => {
  await server?.close()
  await home?.remove()
})

const DIGITS = '0123456789'
async function signedDigits(): Promise<string> {
  await store.put('digits', Buffer.from(DIGITS), { contentType: 'text/html' })
  return store.presignGet('digits', { filename: 'digits.html', ...MINUTE })
}

/** A refusal: a problem with this status and the request's id. */
async function expectRefused(answer: Response, status: number): Promise<string> {
  const text = await answer.text()
  expect(answer.status, text).toBe(status)
  expectDocumented('GET', '/objects/x', {
    status,
    headers: answer.headers,
    text,
    json: JSON.parse(text),
  })
  return JSON.parse(text).detail as string
}

interface Sent {
  method?: string
  headers?: Record<string, string | number>
  body?: Iterable<Uint8Array>
}

/** A request as it is written here: no length is added, and no path is made straight. */
async function send(
  path: string,
  { method = 'GET', headers = {}, body }: Sent = {},
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(server.url)
  const request = httpRequest({ hostname, port, path, method, headers, agent: false })
  const answer = new Promise<IncomingMessage>((resolve, reject) =>
    request.once('response', resolve).once('error', reject),
  )
  if (body === undefined) request.end()
  // A server that refuses may hang up on what is still being sent.
  else pipeline(Readable.from(body), request).catch(() => {})
  return answer
}

const pathOf = ({ url }: { url: string }) => new URL(url).pathname
const statusOf = async (path: string, sent?: Sent) => {
  const answer = await send(path, sent)
  answer.resume()
  return answer.statusCode
}

describe('an object by its signed URL', () => {
  it('comes without a key, as an attachment that no browser renders and no shared cache keeps', async () => {
    const answer = await fetch(await signedDigits())
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe(DIGITS)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/html',
      'content-length': '10',
      'content-disposition': `attachment; filename="digits.html"; filename*=UTF-8''digits.html`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      etag: `"${createHash('sha256').update(DIGITS).digest('hex')}"`,
      'x-request-id': expect.any(String),
    })
  })

  it.each([
    ['bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=7-1000', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-1000', 206, DIGITS, 'bytes 0-9/10'],
    ['bytes=0-1,4-5', 200, DIGITS, null],
    ['bytes=5-2', 200, DIGITS, null],
    ['bytes=-', 200, DIGITS, null],
    ['lines=1-2', 200, DIGITS, null],
  ])('with Range: %s is %i', async (range, status, text, contentRange) => {
    const answer = await fetch(await signedDigits(), { headers: { range } })
    expect([answer.status, await answer.text()]).toEqual([status, text])
    expect(answer.headers.get('content-range')).toBe(contentRange)
    expect(answer.headers.get('content-length')).toBe(String(text.length))
  })

  it.each(['bytes=10-', 'bytes=1000-2000', 'bytes=-0'])('with Range: %s is 416', async (range) => {
    const answer = await fetch(await signedDigits(), { headers: { range } })
    expect(answer.headers.get('content-range')).toBe('bytes */10')
    await expectRefused(answer, 416)
  })

  it('is given whole, not in part, to who began with another one', async () => {
    const url = await signedDigits()
    const etag = must((await fetch(url)).headers.get('etag'))
    const rest = async (ifRange: string) =>
      (await fetch(url, { headers: { range: 'bytes=8-', 'if-range': ifRange } })).text()
    expect(await rest(etag)).toBe('89')
    expect(await rest('"another"')).toBe(DIGITS)
  })

  it('is 304 for who has it and 412 for who wants another', async () => {
    const url = await signedDigits()
    const etag = must((await fetch(url)).headers.get('etag'))
    const known = await fetch(url, { headers: { 'if-none-match': `"x", W/${etag}` } })
    expect([known.status, await known.text(), known.headers.get('etag')]).toEqual([304, '', etag])
    expect((await fetch(url, { headers: { 'if-match': etag } })).status).toBe(200)
    await expectRefused(await fetch(url, { headers: { 'if-match': '"x"' } }), 412)
  })

  it('answers HEAD as GET, without its body; a refusal, too', async () => {
    const url = await signedDigits()
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
    const refused = await fetch(`${url}x`, { method: 'HEAD' })
    expect([refused.status, await refused.text()]).toEqual([403, ''])
  })

  it('that is a problem itself is no refusal: whole, in part, by HEAD and for who has it', async () => {
    const body = Buffer.from('{ "detail": "kept as it was written" }\n')
    await store.put('problem', body, { contentType: 'application/problem+json' })
    const url = await store.presignGet('problem', { filename: 'problem.json', ...MINUTE })
    const seen = async (init: RequestInit) => {
      const answer = await fetch(url, init)
      return [answer.status, answer.headers.get('content-length'), await answer.text()]
    }
    const etag = `"${must(await store.head('problem')).etag}"`
    expect(await seen({})).toEqual([200, String(body.length), body.toString()])
    expect(await seen({ headers: { range: 'bytes=2-9' } })).toEqual([206, '8', '"detail"'])
    expect(await seen({ method: 'HEAD' })).toEqual([200, String(body.length), ''])
    expect(await seen({ headers: { 'if-none-match': etag } })).toEqual([304, null, ''])
    await expectRefused(await fetch(url, { headers: { 'if-match': '"x"' } }), 412)
  })

  it('is 404 when it is gone, and takes no other method', async () => {
    await expectRefused(await fetch(await store.presignGet('none', { filename: 'a', ...MINUTE })), 404)
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const answer = await fetch(await signedDigits(), { method, body: 'x' })
      expect(answer.headers.get('allow')).toBe('GET, HEAD')
      await expectRefused(answer, 405)
    }
  })
})

describe('a URL that is not as it was signed', () => {
  it('is 403, whichever sign of it was changed', async () => {
    const url = await signedDigits()
    const begin = url.indexOf('/objects/') + '/objects/'.length
    for (let at = begin; at < url.length; at += 7) {
      const changed = `${url.slice(0, at)}${url[at] === 'A' ? 'B' : 'A'}${url.slice(at + 1)}`
      await expectRefused(await fetch(changed), 403)
    }
    for (const changed of [url.slice(0, -1), `${url}A`, url.replace(/\.(?=[^.]*$)/, ''), url.slice(0, begin)])
      expect((await fetch(changed)).status).toBe(403)
  })

  it('is 403 when it was signed for something else, or by another', async () => {
    const grant = { verb: 'get', key: 'digits', filename: 'a', endsAt: Date.now() + 60_000 }
    const payload = Buffer.from(JSON.stringify(grant)).toString('base64url')
    const [ours, theirs] = [hkdfSigner(SECRET), hkdfSigner('a secret of somebody else, as long as that')]
    expect((await fetch(`${server.url}/objects/${ours.sign('disk-url', payload)}`)).status).toBe(200)
    for (const signed of [
      ours.sign('lease', payload),
      theirs.sign('disk-url', payload),
      payload,
      `${payload}.`,
    ])
      await expectRefused(await fetch(`${server.url}/objects/${signed}`), 403)
  })

  it('is 403 once it has expired, and says when that was', async () => {
    const grant = { verb: 'get', key: 'digits', filename: 'a', endsAt: Date.UTC(2020, 1, 2) }
    const payload = Buffer.from(JSON.stringify(grant)).toString('base64url')
    const answer = await fetch(`${server.url}/objects/${hkdfSigner(SECRET).sign('disk-url', payload)}`)
    expect(await expectRefused(answer, 403)).toContain('2020-02-02T00:00:00.000Z')
  })

  it.each([
    '/objects/../../etc/passwd',
    '/objects/..%2f..%2fetc%2fpasswd',
    '/objects/%2e%2e/%2e%2e/data/admin-key',
    '/objects/keys/digits.object',
    '/objects/',
    '/objects//',
    '/objects',
  ])('%s leads nowhere', async (path) => {
    expect([403, 404]).toContain(await statusOf(path))
    expect([403, 404]).toContain(await statusOf(path, { method: 'PUT', headers: { 'content-length': 0 } }))
  })

  it('with a key that climbs stays in the folder', async () => {
    const key = '../../../../climbed/../out'
    const signed = await store.presignPut(key, { bytes: 1, contentType: 'text/plain', ...MINUTE })
    expect((await fetch(signed.url, { ...signed, body: 'x' })).status).toBe(200)
    expect(await store.list({ prefix: '../' })).toMatchObject([{ key, bytes: 1 }])
    const url = await store.presignGet(key, { filename: '../../etc/passwd', ...MINUTE })
    expect(await (await fetch(url)).text()).toBe('x')
  })
})

describe('an upload to a signed URL', () => {
  let n = 0
  /** Nine bytes at a new key. */
  async function signedNine(): Promise<PresignedRequest & { key: string }> {
    n += 1
    const key = `uploads/${n}`
    return { key, ...(await store.presignPut(key, { bytes: 9, contentType: 'text/plain', ...MINUTE })) }
  }
  const nine = Buffer.from('the bytes')

  it('makes the object, once', async () => {
    const signed = await signedNine()
    const made = await fetch(signed.url, { ...signed, body: nine })
    expect([made.status, await made.text()]).toEqual([200, ''])
    expect(await store.head(signed.key)).toMatchObject({ bytes: 9, contentType: 'text/plain' })
    expect(made.headers.get('etag')).toBe(`"${(await store.head(signed.key))?.etag}"`)
    await expectRefused(await fetch(signed.url, { ...signed, body: nine }), 412)
  })

  it.each([
    [411, { 'content-type': 'text/plain' }, [nine]],
    [400, { 'content-type': 'text/plain', 'content-length': 8 }, [nine.subarray(1)]],
    [413, { 'content-type': 'text/plain', 'content-length': 10 }, [nine, Buffer.from('!')]],
    [403, { 'content-type': 'text/html', 'content-length': 9 }, [nine]],
    [403, { 'content-length': 9 }, [nine]],
  ])('is refused with %i when it comes with %j', async (status, headers, body) => {
    const signed = await signedNine()
    expect(await statusOf(pathOf(signed), { method: 'PUT', headers, body })).toBe(status)
    expect(await store.head(signed.key)).toBeNull()
    expect((await fetch(signed.url, { ...signed, body: nine })).status).toBe(200)
  })

  it('that breaks off leaves nothing, and may be sent again', async () => {
    const signed = await signedNine()
    const { hostname, port } = new URL(server.url)
    const headers = { ...signed.headers, 'content-length': 9 }
    const cut = httpRequest({ hostname, port, path: pathOf(signed), method: 'PUT', headers, agent: false })
    cut.on('error', () => {})
    await new Promise((resolve) => cut.write('half', resolve))
    cut.destroy()
    await until(() => server.cli.stdout().includes('"status":400'))
    expect(await store.head(signed.key)).toBeNull()
    expect((await fetch(signed.url, { ...signed, body: nine })).status).toBe(200)
  })
})

describe('many gigabytes', () => {
  const PIECES = 400
  const piece = Buffer.alloc(1024 * 1024, 'a line of a large file\n')
  const MB = 1024 ** 2

  it('pass in constant memory, there and back, and wait for who is slow', async () => {
    const { pid } = server.cli
    const listed = async () => (await listProcesses()).find((one) => one.pid === pid)
    const memory = async () => must((readMemory(pid) ?? (await listed()))?.rssBytes) / MB
    const before = await memory()
    const samples = [before]
    const sampling = setInterval(async () => samples.push(await memory()), 50)
    try {
      const bytes = PIECES * piece.length
      const signed = await store.presignPut('large', { bytes, contentType: 'text/plain', ...MINUTE })
      const headers = { ...signed.headers, 'content-length': bytes }
      const body = Array.from({ length: PIECES }, () => piece)
      expect(await statusOf(pathOf(signed), { method: 'PUT', headers, body })).toBe(200)
      expect(await store.head('large')).toMatchObject({ bytes })

      const url = await store.presignGet('large', { filename: 'a', ...MINUTE })
      const hash = createHash('sha256')
      let received = 0
      let pauses = 0
      for await (const chunk of await send(pathOf({ url }))) {
        received += (chunk as Buffer).length
        hash.update(chunk as Buffer)
        if (received < (pauses + 1) * 100 * MB) continue
        pauses += 1
        // Time for a server that does not wait to take in the whole file.
        const then = samples.length
        await until(() => samples.length > then + 10)
      }
      expect({ received, etag: hash.digest('hex'), pauses }).toEqual({
        received: bytes,
        etag: (await store.head('large'))?.etag,
        pauses: PIECES / 100,
      })
      expect(Math.max(...samples) - before).toBeLessThan(150)
    } finally {
      clearInterval(sampling)
    }
  }, 120_000)
})

describe('the log of the server', () => {
  it('has no URL that somebody could use', async () => {
    const url = await signedDigits()
    await (await fetch(url)).text()
    await until(() => server.cli.stdout().includes('"path":"/objects/'))
    expect(server.cli.stdout()).not.toContain(url.slice(url.indexOf('/objects/') + 9))
    expect(server.cli.stdout()).not.toMatch(/\/objects\/[\w-]/)
  })
})
