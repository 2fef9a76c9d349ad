import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import { enqueue, must, refusal, useApp } from './steps.ts'

const at = useApp()

/** Text of these characters, made anew: nothing that a scanner of this repository would find. */
function random(length: number, from: string): string {
  return Array.from(randomBytes(length), (byte) => from[byte % from.length]).join('')
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const DIGITS = '0123456789'
const LETTERS = UPPER + UPPER.toLowerCase()
const base64url = (value: object | Buffer) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url')

function jsonWebToken(): string {
  const content = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ sub: '1234567890', name: 'Ada' })}`
  return `${content}.${base64url(createHmac('sha256', 'secret').update(content).digest())}`
}

const pem = (options: { cipher?: string; passphrase?: string } = {}) =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', ...options },
  }).privateKey as string

const SECRETS: Record<string, () => string> = {
  'an AWS key id': () => `AKIA${random(16, UPPER + DIGITS)}`,
  'a GitHub token': () => `ghp_${random(36, LETTERS + DIGITS)}`,
  'a private key': () => pem(),
  'an elliptic private key': () =>
    generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'sec1', format: 'pem' },
    }).privateKey as string,
  'a private key on one line': () => pem().replaceAll('\n', '\\n'),
  'a Slack token': () => `xoxb-${random(12, DIGITS)}-${random(12, DIGITS)}-${random(24, LETTERS)}`,
  'a bearer token': () => `Authorization: Bearer ${random(40, LETTERS + DIGITS)}`,
  'a JSON web token': () => jsonWebToken(),
  'a password in a URL': () => `https://ada:${random(16, LETTERS)}@example.com/path`,
  'a password in a postgres URL': () => `postgres://app:${random(16, LETTERS)}@db.acme.io:5432/main`,
  'a token of npm': () => `npm_${random(36, LETTERS + DIGITS)}`,
  'a token behind a comment that switches rules off': () =>
    `// secretlint-disable\nghp_${random(36, LETTERS + DIGITS)}`,
}

const kinds = Object.keys(SECRETS)

/** What of a secret must not come back: any long piece of it. */
function expectNotEchoed(text: string, secret: string): void {
  for (const piece of secret.match(/[A-Za-z0-9+/_-]{12,}/g) ?? []) expect(text).not.toContain(piece)
}

describe.each(kinds)('%s', (name) => {
  const make = must(SECRETS[name])

  it('is refused wherever it stands in the input, naming the path alone', async () => {
    const secret = make()
    const inputs: [input: unknown, path: string][] = [
      [secret, 'input'],
      [{ token: secret }, 'input.token'],
      [{ deep: [{ list: ['fine', secret] }] }, 'input.deep.0.list.1'],
      [{ first: 'fine', second: { third: `see ${secret} here` } }, 'input.second.third'],
    ]
    for (const [input, path] of inputs) {
      const problem = await refusal(at(), 'POST', '/v1/runs', { body: { kind: 'a', input } })
      expect(problem).toMatchObject({ status: 422, code: 'invalid' })
      expect(problem.errors?.map((issue) => issue.path)).toEqual([path])
      expect(problem.detail).toContain('$secret')
      expectNotEchoed(problem.text, secret)
    }
  })

  it('is refused as the start of a run, too, and only its own item of a batch', async () => {
    const secret = make()
    const started = await refusal(at(), 'POST', '/v1/runs:start', {
      body: { id: ulid(), kind: 'a', workerId: 'w', input: { secret } },
    })
    expect(started).toMatchObject({ status: 422, errors: [{ path: 'input.secret' }] })
    const fine = { kind: 'a', input: { text: 'fine', id: randomUUID() } }
    const { json, text } = await at().request<{ data: { status: number; problem?: Problem }[] }>(
      'POST',
      '/v1/runs:batch',
      {
        body: { runs: [fine, { kind: 'a', input: [secret] }, fine, { kind: 'a', input: { secret } }, fine] },
      },
    )
    expect(json.data.map(({ status }) => status)).toEqual([201, 422, 201, 422, 201])
    expect(json.data.flatMap(({ problem }) => problem?.errors?.map(({ path }) => path) ?? [])).toEqual([
      'input.0',
      'input.secret',
    ])
    expectNotEchoed(started.text + text, secret)
  })
})

describe('a secret in another place', () => {
  it('is refused in labels and in the name', async () => {
    const secret = must(SECRETS['a GitHub token'])()
    for (const [fields, path] of [
      [{ name: secret }, 'name'],
      [{ labels: { token: secret } }, 'labels.token'],
    ] as const) {
      const problem = await refusal(at(), 'POST', '/v1/runs', { body: { kind: 'a', ...fields } })
      expect(problem).toMatchObject({ status: 422, errors: [{ path }] })
      expectNotEchoed(problem.text, secret)
    }
  })

  it('is refused, and not echoed, as the name of a field', async () => {
    const secret = must(SECRETS['a GitHub token'])()
    for (const input of [
      { [secret]: true },
      { [secret]: 'https://example.com/some/long/path' },
      { a: [{ [secret]: { b: secret } }] },
    ]) {
      const problem = await refusal(at(), 'POST', '/v1/runs', { body: { kind: 'a', input } })
      expect(problem).toMatchObject({ status: 422, code: 'invalid' })
      expectNotEchoed(problem.text, secret)
    }
  })

  it('is refused each time, several at once named each', async () => {
    const [one, two] = [must(SECRETS['a GitHub token'])(), must(SECRETS['an AWS key id'])()]
    const problem = await refusal(at(), 'POST', '/v1/runs', {
      body: { kind: 'a', input: { one, fine: 'yes', list: [two, one] } },
    })
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual([
      'input.list.0',
      'input.list.1',
      'input.one',
    ])
  })

  it('is not kept: nothing of it is in the database', async () => {
    const secret = must(SECRETS['a GitHub token'])()
    await refusal(at(), 'POST', '/v1/runs', { body: { kind: 'a', input: { secret } } })
    expect(await at().raw(`SELECT id FROM runs WHERE input::text LIKE '%${secret}%'`)).toEqual([])
  })
})

describe('what is no secret', () => {
  const fine: [name: string, value: unknown][] = [
    ['a reference', { token: { $secret: 'github' }, list: [{ $secret: 'a/b' }] }],
    ['a UUID', randomUUID()],
    ['a ULID', ulid()],
    ['a SHA-256', createHash('sha256').update('a').digest('hex')],
    ['a git commit', createHash('sha1').update('a').digest('hex')],
    ['a URL', 'https://user@example.com:8443/path/to/some-long-page-name?q=1#top'],
    ['a database URL without a password', 'postgres://app@db.example.com:5432/main'],
    ['an S3 path', 's3://my-bucket/path/to/2026-01-01/some_file_name.parquet'],
    ['a path', '/usr/local/lib/node_modules/some-package/dist/index.js'],
    ['a sentence', 'The bearer of this letter may enter, and the password is not in it.'],
    ['a public key', generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })],
    ['base64 of text', Buffer.from('Hello, this is some ordinary text').toString('base64')],
    ['the word bearer', 'bearer token expected'],
    ['an e-mail address', 'ada.lovelace+runs@example.com'],
  ]

  it.each(fine)('passes: %s', async (_name, value) => {
    const { input } = await enqueue(at(), { input: { value } })
    expect(input).toEqual({ value })
  })
})
