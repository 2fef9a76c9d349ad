import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliOptions, makeHome, runCli } from '../support/cli.ts'
import { startOddServer } from '../support/odd-server.ts'

const script = (text: string) => ['exec', '--kind', 'test.odd', '--', 'sh', '-c', text]
let home: Awaited<ReturnType<typeof makeHome>>
beforeAll(async () => {
  home = await makeHome()
})
afterAll(() => home?.remove())
const at = (url: string): CliOptions => ({
  env: { HOME: home.path, RUNLEDGER_API_URL: url, RUNLEDGER_API_KEY: 'any' },
})
const lines = (text: string) => text.split('\n').filter((line) => line !== '')
const TRIED_AGAIN = /^runledger: .+; the command runs on, and the ledger is tried again$/
const NOT_IN_LEDGER = /^runledger: run \w{26} is not in the ledger yet; send it with: runledger flush$/

const answers: [string, RequestListener, RegExp][] = [
  ['500', (_, response) => response.writeHead(500).end('oops'), /answers 500$/],
  ['503', (_, response) => response.writeHead(503).end('{"status":503}'), /answers 503$/],
  ['a page', (_, response) => response.end('<html>'), /does not answer as a Runledger server does$/],
  ['other JSON', (_, response) => response.end('{"data":[]}'), /does not answer as a Runledger server does$/],
  ['null', (_, response) => response.end('null'), /does not answer as a Runledger server does$/],
  [
    'a redirect',
    (_, response) => response.writeHead(308, { location: 'https://x.example/' }).end(),
    /answers 308, and points to https:\/\/x\.example\/$/,
  ],
  ['half an answer', (_, response) => response.write('{', () => response.destroy()), /cannot reach/],
]

describe.concurrent('exec against a server that answers', () => {
  it.each(answers)('%s is a warning, and asked again with patience', async (_name, listener, reason) => {
    const server = await startOddServer(listener)
    const { code, stdout, stderr } = await runCli(script('sleep 6; echo hi; exit 3'), at(server.url))
    await server.close()
    expect([code, stdout]).toEqual([3, 'hi\n'])
    const [first = '', last, ...more] = lines(stderr)
    expect(first).toMatch(TRIED_AGAIN)
    expect(first.split(';')[0]).toMatch(reason)
    expect(last).toMatch(NOT_IN_LEDGER)
    expect(more).toEqual([])
    // At 0, 1 and 3 s (a busy machine may be late; the next would be at 7 s), and at the end.
    expect(server.requests).toEqual(Array(4).fill('POST /v1/runs:start'))
  })

  it('nothing, ever, holds the end up for 10 s at most', async () => {
    const server = await startOddServer(() => {})
    const began = performance.now()
    const { code, stderr } = await runCli(script('exit 3'), at(server.url))
    await server.close()
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^runledger: run \w{26} is not in the ledger yet: no answer in 10 s; send it with: runledger flush\n$/,
    )
    expect(performance.now() - began).toBeLessThan(14_000)
  })

  it('the start and then nothing holds the end up for 10 s at most', async () => {
    const server = await startOddServer((request, response) => {
      const started = { run: { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }, leaseToken: 'x' }
      if (request.url === '/v1/runs:start') response.end(JSON.stringify(started))
    })
    const began = performance.now()
    const { code, stderr } = await runCli(script('echo progress: 4; sleep 1; exit 3'), at(server.url))
    await server.close()
    expect(code).toBe(3)
    expect(stderr).toMatch(
      /^runledger: the end of run \w{26} is not in the ledger yet: no answer in 10 s; send it with: runledger flush\n$/,
    )
    expect(performance.now() - began).toBeLessThan(15_000)
  })
})
