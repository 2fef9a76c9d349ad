import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guardedOutbound } from '../../lib/notify/guarded-outbound.ts'
import type { Address, Resolve } from '../../lib/notify/resolve.ts'
import type { Outbound, OutboundRequest } from '../../lib/ports/outbound.ts'
import { refusal } from '../ledger/steps.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())

const request = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  url,
  headers: {},
  body: '{}',
  timeoutMs: 20_000,
  ...more,
})
const address = (text: string): Address => ({ address: text, family: text.includes(':') ? 6 : 4 })
/** A resolver that gives these answers, one after the other, and then the last one for ever. */
function answering(...answers: string[][]): Resolve & { asked: string[] } {
  const asked: string[] = []
  const resolve = async (hostname: string) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? []
    asked.push(hostname)
    return answer.map(address)
  }
  return Object.assign(resolve, { asked })
}
const refusedOf = async (outbound: Outbound, url: string) => (await refusal(outbound.post(request(url)))).code

describe('a URL that leads inside', () => {
  const outbound = guardedOutbound()

  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '0x7f.0x0.0x0.0x1',
    '0177.0x0.1',
    '127.0.0.1.',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '0.0.0.0',
    '0',
    '[::]',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '[::ffff:169.254.169.254]',
    '[::ffff:10.0.0.1]',
    '10.0.0.1',
    '172.16.5.4',
    '192.168.0.1',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '224.0.0.1',
    '255.255.255.255',
  ])('is refused before anything is sent: %s', async (host) => {
    const before = receiver.connections()
    const url = `http://${host}:${receiver.port}/latest/meta-data`
    expect(await refusal(outbound.post(request(url)))).toMatchObject({
      code: 'forbidden',
      message: expect.stringMatching(/ is not on the public internet, and nothing else is called$/),
    })
    await expect(outbound.check(url)).rejects.toMatchObject({ code: 'forbidden' })
    expect(receiver.connections()).toBe(before)
  })

  it('is refused by the name of this machine, as the system has it', async () => {
    const before = receiver.connections()
    for (const name of ['localhost', 'LOCALHOST'])
      expect(await refusedOf(outbound, `http://${name}:${receiver.port}/`), name).toBe('forbidden')
    expect(receiver.connections()).toBe(before)
  })
})

describe('a name', () => {
  it.each(
    [
      ['127.0.0.1'],
      ['::1'],
      ['::ffff:127.0.0.1'],
      ['10.0.0.1'],
      ['169.254.169.254'],
      ['::ffff:169.254.169.254'],
      ['fd00:ec2::254'],
      ['0.0.0.0'],
      ['not an address'],
      ['8.8.8.8', '127.0.0.1'],
      ['2606:4700::1111', '10.0.0.1'],
    ].map((addresses) => ({ addresses })),
  )('that leads to $addresses is refused', async ({ addresses }) => {
    const before = receiver.connections()
    const outbound = guardedOutbound({ resolve: answering(addresses) })
    const { code, message } = await refusal(outbound.post(request(`http://inside.example:${receiver.port}/`)))
    expect(code).toBe('forbidden')
    // Whoever asks does not learn where it leads.
    expect(message).toBe(
      `inside.example:${receiver.port} is not on the public internet, and nothing else is called`,
    )
    expect(receiver.connections()).toBe(before)
  })

  it('that was public when it was looked at, and leads inside when it is called, is refused', async () => {
    const resolve = answering(['8.8.8.8'], ['127.0.0.1'])
    expect(await resolve('rebinding.example')).toEqual([address('8.8.8.8')])
    const before = receiver.connections()
    const outbound = guardedOutbound({ resolve })
    await outbound.check(`http://rebinding.example:${receiver.port}/`)
    expect(await refusedOf(outbound, `http://rebinding.example:${receiver.port}/`)).toBe('forbidden')
    expect(receiver.connections()).toBe(before)
  })

  it('is looked up once a call, and what was looked at is what is called', async () => {
    receiver.answer(200)
    // Whatever would be asked a second time would be told of another place.
    const resolve = answering(['127.0.0.1'], ['10.0.0.1'])
    const outbound = guardedOutbound({ allowLoopback: true, resolve })
    const url = `http://rebinding.example:${receiver.port}/hook`
    expect(await outbound.post(request(url))).toMatchObject({ status: 200 })
    expect(receiver.received.at(-1)?.headers.host).toBe(`rebinding.example:${receiver.port}`)
    expect(resolve.asked).toEqual(['rebinding.example'])
    // Nor does an open connection lead around the next look.
    expect(await refusedOf(outbound, url)).toBe('forbidden')
    expect(resolve.asked).toHaveLength(2)
  })

  it('may lead to several addresses, the first of which does not answer', async () => {
    receiver.answer(200)
    const resolve = answering(['::1', '127.0.0.1'])
    const outbound = guardedOutbound({ allowLoopback: true, resolve })
    expect(await outbound.post(request(`http://two.example:${receiver.port}/`))).toMatchObject({
      status: 200,
    })
  })

  it('that leads nowhere cannot be reached', async () => {
    expect(await refusedOf(guardedOutbound({ resolve: answering([]) }), 'http://no.example/')).toBe(
      'unavailable',
    )
    const resolve = () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' }))
    expect(await refusal(guardedOutbound({ resolve }).post(request('http://no.example/')))).toMatchObject({
      code: 'unavailable',
      message: 'no.example cannot be reached (ENOTFOUND)',
    })
  })
})

describe('a URL that is none to be called', () => {
  const outbound = guardedOutbound({ allowLoopback: true })

  it.each([
    ['', 'is not one'],
    ['nonsense', 'is not one'],
    ['//example.com/', 'is not one'],
    ['http://', 'is not one'],
    ['http://256.1.1.1/', 'is not one'],
    ['ftp://example.com/', 'must begin with https:// or http://'],
    ['file:///etc/passwd', 'must begin with https:// or http://'],
    ['gopher://127.0.0.1:6379/_INFO', 'must begin with https:// or http://'],
    ['data:text/plain,x', 'must begin with https:// or http://'],
    ['javascript:alert(1)', 'must begin with https:// or http://'],
    ['unix:/var/run/docker.sock', 'must begin with https:// or http://'],
    ['http://user@example.com/', 'must not hold a user or a password'],
    ['http://user:geheim@example.com/', 'must not hold a user or a password'],
    ['https://:geheim@example.com/', 'must not hold a user or a password'],
    ['http://example.com@127.0.0.1/', 'must not hold a user or a password'],
  ])('is refused, and not repeated: %s', async (url, why) => {
    const told = { code: 'invalid', message: `the URL ${why}` }
    expect(await refusal(outbound.post(request(url)))).toMatchObject(told)
    expect(await refusal(outbound.check(url))).toMatchObject(told)
  })
})

describe('what is sent', () => {
  const outbound = guardedOutbound({ allowLoopback: true })

  it('arrives as it was given, with its headers', async () => {
    receiver.answer(201)
    const body = JSON.stringify({ text: 'ä\u0000\ud83d\ude00' })
    const headers = { 'content-type': 'application/json', 'webhook-id': 'evt_1' }
    const url = `${receiver.url}a/b?c=d`
    expect(await outbound.post(request(url, { body, headers }))).toEqual({
      status: 201,
      body: 'answer',
      retryAfterMs: null,
    })
    expect(receiver.received.at(-1)).toMatchObject({ path: '/a/b?c=d', body, headers })
  })

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'connection',
    'Upgrade',
    'expect',
    'TE',
    'trailer',
  ])('does not take the header %s from its caller', async (name) => {
    const before = receiver.connections()
    const refused = await refusal(outbound.post(request(receiver.url, { headers: { [name]: 'x' } })))
    expect(refused).toMatchObject({ code: 'invalid', message: expect.stringContaining(name) })
    expect(receiver.connections()).toBe(before)
  })

  it.each([{ 'x-a': 'a\r\nx-b: c' }, { 'x-a': 'ü\u0100' }, { 'x a': 'b' }, { 'x:a': 'b' }])(
    'holds no header that is none: %j',
    async (headers) => {
      expect(await refusal(outbound.post(request(receiver.url, { headers })))).toMatchObject({
        code: 'invalid',
        message: 'a header to send holds characters that no header may',
      })
    },
  )

  it('is answered with any status, as it is', async () => {
    for (const status of [204, 404, 410, 500, 503]) {
      receiver.answer(status)
      expect((await outbound.post(request(receiver.url))).status).toBe(status)
    }
  })

  it.each([301, 302, 303, 307, 308])('follows no redirect: %i', async (status) => {
    const inside = await startReceiver()
    try {
      receiver.answer((response) => response.writeHead(status, { location: inside.url }).end('elsewhere'))
      expect(await outbound.post(request(receiver.url))).toEqual({
        status,
        body: 'elsewhere',
        retryAfterMs: null,
      })
      expect(inside.connections()).toBe(0)
    } finally {
      await inside.close()
    }
  })
})
