import { createHash, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LogLines, MAX_LOG_LINE_BYTES } from '../../lib/run/log-line.ts'
import { logRedactor } from '../../lib/secrets/redact-log.ts'
import { secretlintScanner } from '../../lib/secrets/secretlint-scanner.ts'
import { HARMLESS, SECRETS } from './samples.ts'

const scanner = secretlintScanner()
const redactor = logRedactor(scanner, { pii: false })
const withPii = logRedactor(scanner, { pii: true })

const HANG_MS = 60_000
const RUN = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const AT = Date.parse('2026-11-22T04:18:08.123Z')
const PREFIX = /^\[2026-11-22T04:18:08\.123Z\] 01KBQK6M3V8Z5W0X2Y4A6C8E9G[:~] /gm

/** What a run's log is of what it prints. */
function logOf(...printed: (string | Uint8Array)[]): Buffer {
  const lines = new LogLines(RUN)
  const log = printed.map((chunk) => lines.add('stdout', Buffer.from(chunk), AT))
  return Buffer.concat([...log, lines.flushUnfinished(AT)])
}

/** Redacted, and that it has kept what it must keep. */
async function redact(log: Uint8Array | string, { inKey = false, pii = false } = {}) {
  const given = Buffer.from(log)
  const before = Buffer.from(given)
  const found = await (pii ? withPii : redactor).redactLog(given, { inKey })
  expect(given.equals(before)).toBe(true)
  const changed = Buffer.from(found.bytes)
  expect(changed).toHaveLength(given.length)
  const isKept = (byte: number, at: number) => byte === given[at] || (byte === STAR && !SPACES.has(given[at]))
  expect(changed.every(isKept)).toBe(true)
  const text = changed.toString('latin1')
  expect(text.match(PREFIX)).toEqual(given.toString('latin1').match(PREFIX))
  expect(found.redacted > 0).toBe(!changed.equals(given))
  return { ...found, text: String(changed) }
}
const STAR = 0x2a
const SPACES = new Set<number | undefined>([9, 10, 13, 32])

/** The parts of a sample that nobody may read. */
function partsOf(secret: string): string[] {
  const password = /:\/\/[^:@/]*:([^@/]+)@/.exec(secret)?.[1]
  if (password) return [`:${password}@`]
  const words = secret.split(/[\s=:/"\\]+|-----[A-Z ]+-----/)
  if (secret.includes('BEGIN'))
    return words.filter((word) => /^[A-Za-z0-9+]{8,}$/.test(word) && word !== 'private_key')
  return words.toSorted((a, b) => b.length - a.length).slice(0, 1)
}

describe('in a log is hidden', () => {
  it.each(SECRETS)('%s', async (_, secret) => {
    for (const printed of [
      secret,
      `${secret}\n`,
      `${secret.replaceAll('\n', '\r\n')}\r\n`,
      `before\nx=${secret}\nafter`,
      `\u001b[31m${secret}\u001b[0m\n`,
      `\u001b(B\u001b[m${secret}\u001b(B\u001b[m\n`,
      `“${secret}”\n…${secret}\n`,
      `${JSON.stringify({ level: 30, msg: `said:\n${secret}\n` })}\n`,
      `${JSON.stringify({ msg: `\u001b[1m${secret}\u001b[22m`, deep: JSON.stringify({ secret }) })}\n`,
    ])
      for (const log of [logOf(printed), printed]) {
        const { text } = await redact(log)
        for (const part of partsOf(secret)) expect(text).not.toContain(part)
      }
  })

  it.each([
    ['AWS_SECRET_ACCESS_KEY=', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5g+', ''],
    ['export aws_secret_access_key = "', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC/B3dE5g/', '" # ours'],
    [`{\\"SecretAccessKey\\": \\"`, 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5gH', '\\"}'],
    ['--secret-access-key ', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5gH', ' --region x'],
    ['Authorization: Bearer ', 'aB3dE5gH7jK9mN1pQ2rS4tU6', ' and more'],
    ['bearer\t', 'aB3dE5gH7jK9mN1pQ2rS4tU6==', ''],
    ['cloning https://me:', 'hunter2', '@git.example.com/a.git ...'],
    ['postgres://app:', 'p@ssw0rd', '@db.internal:5432/prod?sslmode=require'],
    ['{"url":"https://me:', 'hunter2hunter2', '@example.com","mail":"a@b.example"}'],
    ['postgres://app:', 'p#s?s!', '@db.internal:5432/prod?sslmode=require'],
    ['//registry.npmjs.org/:_authToken=', `npm_${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3d'}`, ''],
    ['Authorization: Basic ', 'dXNlcjpwYXNz', ' and more'],
    [`{\\"proxy-authorization\\":\\"Basic `, 'dXNlcjpwYXNz', '\\"}'],
    ['<SecretAccessKey>', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5gH', '</SecretAccessKey>'],
    ['AWS_SECRET_KEY=', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5g+', ' and more'],
    ['"sessionToken": "', 'IQoJb3JpZ2luX2VjEJr+/aB3dE5gH7jK9mN1pQ2==', '", "region": "x"'],
    ['/a?X-Amz-Signature=', '0123456789abcdef'.repeat(4), '&x=1'],
    [
      'Lease-Token: ',
      `01KBQK6M3V8Z5W0X2Y4A6C8E9G.1.60.${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3dE5gH7jK'}`,
      ' x',
    ],
    ['auth=Bearer%20', 'aB3dE5gH7jK9mN1pQ2rS4tU6', '&x=1'],
    ['"Bearer\\u0020', 'aB3dE5gH7jK9mN1pQ2rS4tU6', '"'],
    ['redis://:', '%23hunter22', '@cache:6379'],
    ['amqp://guest:', '$ecret99', '@mq'],
  ])('the secret alone, not what stands beside it: %s', async (before, secret, after) => {
    for (const colour of ['', '\u001b[33m']) {
      const line = (value: string) => `${before}${colour}${value}${after}`
      const { text, redacted } = await redact(logOf(line(secret)))
      expect(text).toBe(String(logOf(line('*'.repeat(secret.length)))))
      expect(redacted).toBe(1)
    }
  })

  it('a secret of which a part is in colour, as grep prints it, with its codes left', async () => {
    const { text } = await redact(
      logOf('key: \u001b[01;31m\u001b[KAKIA\u001b[m\u001b[KQ3EGRTZ5KXW7VN2M in x\n'),
    )
    expect(text).toBe(String(logOf('key: \u001b[01;31m\u001b[K****\u001b[m\u001b[K**************** in x\n')))
  })

  it('a secret in a line kept in pieces, wherever that is cut', async () => {
    const secret = `AKIA${'Q3EGRTZ5KXW7VN2M'}`
    for (let at = 0; at <= secret.length; at += 4) {
      const { text } = await redact(logOf(`${'.'.repeat(MAX_LOG_LINE_BYTES - at)}${secret}.\n`))
      expect(text.replace(PREFIX, '').replaceAll('\n', '')).toContain(`.${'*'.repeat(20)}.`)
    }
  })

  it('a private key in a line kept in pieces, wherever that is cut', async () => {
    const [, lines = []] = KEYS[0] ?? []
    const key = `${lines.join('\\n')}\\n`
    for (const at of [1, 8, 20, 30, 31, 32, 33, 60, 800, key.length - 3]) {
      const { text, endsInKey } = await redact(
        logOf(`{"x":"${'.'.repeat(MAX_LOG_LINE_BYTES - 6 - at)}${key}","left":"as it is"}\nafter\n`),
      )
      const printed = text.replaceAll(PREFIX, '').replaceAll('\n', '')
      for (const part of keyParts(lines)) expect(printed).not.toContain(part)
      expect(printed).toContain('as it is"}after')
      // Of an END that is cut, nothing is known.
      expect(endsInKey).toBe(at > key.length - 27)
    }
  })

  it('a private key in a line kept in pieces, of which one is in the next chunk', async () => {
    const [, lines = []] = KEYS[0] ?? []
    const key = `${lines.join('\\n')}\\n`
    const long = `${'.'.repeat(MAX_LOG_LINE_BYTES - 8)}${key.slice(0, 70)}${'\\n'.repeat(MAX_LOG_LINE_BYTES / 2 - 31)}`
    const log = logOf(`${long}${key.slice(70)}\nafter\n`)
    const cut = log.lastIndexOf(`[2026-`, log.lastIndexOf(key.slice(70)))
    const head = await redact(log.subarray(0, cut))
    expect(head.endsInKey).toBe(true)
    const tail = await redact(log.subarray(cut), { inKey: true })
    for (const part of keyParts(lines)) expect(tail.text).not.toContain(part)
  })

  it('a secret wherever it is in a long text of one line', async () => {
    const secret = `ghp_${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3d'}`
    for (const at of [0, 65_500, 65_536, 131_000, 250_000]) {
      const { text, redacted } = await redact(`${','.repeat(at)}${secret}${','.repeat(100_000)}`)
      expect(text.slice(at, at + secret.length)).toBe('*'.repeat(secret.length))
      expect(redacted).toBe(1)
    }
  })

  it('each of many, and it says how many', async () => {
    const { text, redacted } = await redact(
      logOf(Array.from({ length: 5_000 }, (_, n) => `postgres://app:hunter2${n}@db/${n}\n`).join('')),
    )
    expect(text).not.toContain('hunter')
    expect(redacted).toBe(5_000)
  })

  it('nothing of the bytes around it that are no UTF-8', async () => {
    const odd = Buffer.from([0xff, 0xc3, 0x28, 0xe2, 0x80, 0, 0xaa, 0xb5, 0x80])
    const secret = Buffer.from(`ghp_${'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zCaB3d'}`)
    const { bytes } = await redact(Buffer.concat([odd, secret, odd]))
    expect(Buffer.from(bytes)).toEqual(Buffer.concat([odd, Buffer.alloc(secret.length, '*'), odd]))
  })
})

const drawn = (n: number, length: number) =>
  Array.from({ length: 1 + length / 86 }, (_, i) =>
    createHash('sha512').update(`${n}${i}`).digest('base64url'),
  )
    .join('')
    .replaceAll(/[_-]/g, '+')
    .slice(0, length)
const armored = (name: string, body: string[]) => [
  `-----BEGIN ${name}-----`,
  ...body,
  `-----END ${name}-----`,
]
const full = (count: number, width: number) => Array.from({ length: count }, (_, n) => drawn(n, width))
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const pem = (key: string | Buffer) => String(key).trim().split('\n')

const KEYS: [what: string, lines: string[]][] = [
  ['an RSA key', pem(rsa.export({ type: 'pkcs1', format: 'pem' }))],
  [
    'an encrypted key',
    pem(rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })),
  ],
  [
    'an elliptic key',
    pem(
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'sec1', format: 'pem' }),
    ),
  ],
  [
    'an OpenSSH key',
    armored('OPENSSH PRIVATE KEY', [
      `b3BlbnNzaC1rZXktdjEA${drawn(1, 50)}`,
      ...full(4, 70),
      `${drawn(9, 14)}==`,
    ]),
  ],
  [
    'a PGP key',
    armored('PGP PRIVATE KEY BLOCK', ['Version: GnuPG v2', '', ...full(20, 64), drawn(3, 32), '=aB3d']),
  ],
  [
    'a key with headers',
    armored('RSA PRIVATE KEY', [
      'Proc-Type: 4,ENCRYPTED',
      `DEK-Info: AES-128-CBC,${'0A'.repeat(16)}`,
      '',
      ...full(12, 64),
      drawn(7, 28),
    ]),
  ],
]
const keyParts = (lines: string[]) => lines.filter((line) => /^[A-Za-z0-9+/]{8,}={0,2}$/.test(line))

describe('of a private key is hidden', () => {
  it.each(KEYS)('every line, each with its prefix: %s', async (_, lines) => {
    for (const end of ['\n', '\r\n', '\u001b[K\n', '  \n']) {
      const log = logOf(['before', ...lines, 'after', ''].join(end))
      const { text, endsInKey } = await redact(log)
      for (const part of keyParts(lines)) expect(text).not.toContain(part)
      expect(endsInKey).toBe(false)
      for (const left of ['before', lines[0], lines.at(-1), 'after']) expect(text).toContain(left)
    }
  })

  it.each(KEYS)('every line, whatever stands before it: %s', async (_, lines) => {
    for (const before of ['\t', '> ', 'web_1  | ', '2026-11-22 04:18:08 INFO ', '\u001b[32m+', '"'])
      for (const log of [
        logOf(lines.map((line) => `${before}${line}\n`).join('')),
        lines.map((line) => `${before}${line}\n`).join(''),
      ]) {
        const { text } = await redact(log)
        for (const part of keyParts(lines)) expect(text).not.toContain(part)
      }
  })

  it.each(KEYS)('the same, wherever the chunks are cut: %s', async (_, lines) => {
    const log = logOf(['before', ...lines, 'after', ''].join('\n'))
    const whole = await redact(log)
    const ends = [...log.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1)
    for (const cut of ends) {
      const head = await redact(log.subarray(0, cut))
      const tail = await redact(log.subarray(cut), { inKey: head.endsInKey })
      expect(head.text + tail.text).toBe(whole.text)
      expect(tail.endsInKey).toBe(false)
    }
    let inKey = false
    let text = ''
    for (const [n, cut] of ends.entries()) {
      const chunk = await redact(log.subarray(ends[n - 1] ?? 0, cut), { inKey })
      text += chunk.text
      inKey = chunk.endsInKey
    }
    for (const part of keyParts(lines)) expect(text).not.toContain(part)
    expect(text).toContain('after')
  })

  it.each(KEYS)('all of it in one line: %s', async (_, lines) => {
    for (const joint of ['\\n', '\\r\\n', '\\\\n', ' ', '']) {
      const { text, endsInKey } = await redact(
        logOf(`{"key":"${lines.join(joint)}${joint}","left":"as it is"}\n`),
      )
      for (const part of keyParts(lines)) expect(text).not.toContain(part)
      expect(text).toContain('","left":"as it is"}')
      expect(endsInKey).toBe(false)
    }
  })

  it.each(KEYS)('what there is of one that was cut: %s', async (_, lines) => {
    const [first = '', ...rest] = lines
    const body = rest.slice(rest.findIndex((line) => /^\S{41,}$/.test(line))).join('\\n')
    const { text } = await redact(logOf(`${first}\\n${body.slice(0, 50)}...\nand so on\n`))
    expect(text).not.toContain(body.slice(0, 16))
    expect(text).not.toContain(body.slice(30, 50))
    expect(text).toContain('and so on')
  })

  it('what is printed at the same time, until its end', async () => {
    const [, lines = []] = KEYS[0] ?? []
    const mixed = lines.flatMap((line, n) => (n % 5 === 2 ? [line, 'warning: something else'] : [line]))
    const { text } = await redact(logOf(`${mixed.join('\n')}\nafter\n`))
    for (const part of keyParts(lines)) expect(text).not.toContain(part)
    expect(text).toContain('after')
  })

  it('what is printed at the same time is left, where there is more of it, and the key is not', async () => {
    const [, lines = []] = KEYS[0] ?? []
    const others = Array.from({ length: 40 }, (_, n) => `GET /v1/items?page=${n} 200`)
    for (const at of [1, 2, lines.length - 2, lines.length - 1]) {
      const { text } = await redact(logOf([...lines.toSpliced(at, 0, ...others), 'after\n'].join('\n')))
      for (const part of keyParts(lines)) expect(text).not.toContain(part)
      expect(text).toContain('page=3 ')
      expect(text).toContain('after')
    }
  })

  it.each([
    ['web-1  | ', ''],
    ['2026-11-22T04:18:08.123456789Z stdout F ', ''],
    ['{"log":"', '\\n","stream":"stdout","time":"2026-11-22T04:18:08.123Z"}'],
    ["  '", "\\n' +"],
    ['', ''],
  ])('its last line, however short, where a chunk ends before or behind it: %s…%s', async (before, after) => {
    const [, [first = '', ...body] = []] = KEYS[0] ?? []
    const lines = [first, ...body.slice(0, 3), 'aB3dE5gQIDAQABo=', 'x-----END PRIVATE KEY-----'.slice(1)]
    const wrapped = lines.map((line) => `${before}${line}${after}\n`)
    for (const cuts of [[4, 5], [4], [5], [1, 2, 3, 4, 5]]) {
      let inKey = false
      for (const [n, end] of [...cuts, wrapped.length].entries()) {
        const chunk = await redact(logOf(wrapped.slice(cuts[n - 1] ?? 0, end).join('')), { inKey })
        expect(chunk.text).not.toContain('QIDAQAB')
        for (const part of keyParts(lines)) expect(chunk.text).not.toContain(part)
        inKey = chunk.endsInKey
      }
      expect(inKey).toBe(false)
    }
  })

  it('every line of 32 characters, before its end has come', async () => {
    const lines = ['-----BEGIN PRIVATE KEY-----', ...full(20, 32)]
    const { text, endsInKey } = await redact(logOf(`${lines.join('\n')}\n`))
    for (const part of full(20, 32)) expect(text).not.toContain(part)
    expect(endsInKey).toBe(true)
  })

  it('the rest of it too, when the codes of grep stand in its first line', async () => {
    const [, lines = []] = KEYS[0] ?? []
    const coloured = lines.map((line) =>
      line.replace('PRIVATE KEY', '\u001b[01;31m\u001b[KPRIVATE KEY\u001b[m\u001b[K'),
    )
    const { text } = await redact(logOf(coloured.join('\n')))
    for (const part of keyParts(lines)) expect(text).not.toContain(part)
  })
})

describe('a private key that has no end', () => {
  const BEGIN = '-----BEGIN PRIVATE KEY-----'
  const lines = Array.from({ length: 3_000 }, (_, n) => `line ${n} of the log, ${drawn(n, 12)}\n`)

  it('hides nothing when it is only spoken of', async () => {
    for (const said of [`Expecting: ${BEGIN}`, `no ${BEGIN} in the file`, `${BEGIN}\n${BEGIN}`]) {
      const log = logOf(`${said}\n${lines.join('')}`)
      expect(await redact(log)).toMatchObject({ redacted: 0, endsInKey: false })
    }
  })

  it('hides no hashes behind one that is spoken of', async () => {
    const hashes = full(50, 86).map((hash) => `      "integrity": "sha512-${hash}==",\n`)
    const drawnLines = full(50, 64).map((line) => `id ${line}\n`)
    for (const said of [`grep: "${BEGIN}" not found`, `no ${BEGIN} in the file`])
      for (const behind of [hashes, drawnLines]) {
        const log = logOf(`${said}\n${behind.join('')}`)
        expect(await redact(log)).toMatchObject({ redacted: 0, endsInKey: false })
      }
    expect(await redact(logOf(`Expecting: ${BEGIN}\n${hashes.join('')}`))).toMatchObject({ redacted: 0 })
    const ended = `Expecting: ${BEGIN}\n${lines.join('')}and -----END PRIVATE KEY-----\n`
    expect(await redact(logOf(ended))).toMatchObject({ redacted: 0, endsInKey: false })
  })

  it('hides nothing of the chunks after it', async () => {
    const first = await redact(logOf(`Expecting: ${BEGIN}\n  at parse (key.js:1:1)\n`))
    expect(first).toMatchObject({ redacted: 0, endsInKey: true })
    const second = await redact(logOf('  at main (index.js:1:1)\ndone\n'), { inKey: first.endsInKey })
    expect(second).toMatchObject({ redacted: 0, endsInKey: false })
  })

  it('hides its own lines and not the log behind them', async () => {
    const log = logOf(`${BEGIN}\n${full(20, 64).join('\n')}\n${lines.join('')}`)
    const { text, endsInKey } = await redact(log)
    for (const part of full(20, 64)) expect(text).not.toContain(part)
    for (const line of lines) expect(text).toContain(line)
    expect(endsInKey).toBe(false)
  })

  it('goes on in the next chunk, and ends with it where nothing looks like a key', async () => {
    const first = await redact(logOf(`${BEGIN}\n${full(3, 64).join('\n')}\n`))
    expect(first.endsInKey).toBe(true)
    const empty = await redact('', { inKey: true })
    expect(empty.endsInKey).toBe(true)
    const second = await redact(logOf(lines.slice(0, 10).join('')), { inKey: true })
    expect(second).toMatchObject({ redacted: 0, endsInKey: false })
  })

  it('hides 2,000 lines of what may be one, and no more', async () => {
    const { text, redacted, endsInKey } = await redact(logOf(`${BEGIN}\n${full(2_500, 64).join('\n')}\n`))
    expect({ redacted, endsInKey }).toEqual({ redacted: 2_000, endsInKey: false })
    expect(text.endsWith(`${drawn(2_499, 64)}\n`)).toBe(true)
  })

  it('does not hide the begin of one that has', async () => {
    const [, key = []] = KEYS[0] ?? []
    const { text } = await redact(logOf(`Expecting: ${BEGIN}\nbut got\n${key.join('\n')}\nafter\n`))
    for (const part of keyParts(key)) expect(text).not.toContain(part)
    for (const left of ['but got', 'after']) expect(text).toContain(left)
  })
})

const PERSONAL: [before: string, value: string, after: string][] = [
  ['mail to ', 'jane.doe+x@mail.example.com', ', and more'],
  ['<', 'JANE@EXAMPLE.ORG', '>'],
  ['{"email":"', "o'brien_1%x@a-b.example", '"}'],
  ['“', 'josé@münchen.example', '”'],
  ['to:\\n', 'jane@example.com', '\\n'],
  ['\u001b[1m', 'jane@example.com', '\u001b[0m'],
  ['', 'a@b.co', '.'],
  ['', 'jane@example.com', ';joe'],
  ['card ', '4111111111111111', '.'],
  ['card=', '4111 1111 1111 1111', ' 12/27'],
  ['card=', '4111-1111-1111-1111', ' 123'],
  ['12 ', '5555 5555 5555 4444', ' 123'],
  ['amex ', '3782 822463 10005', ''],
  ['amex:', '378282246310005', ''],
  ['diners ', '3056 930902 5904', ''],
  ['mastercard ', '2223003122003222', ''],
  ['of 13 ', '4222222222222', ''],
  ['of 19 ', '6304000000000000000', ''],
  ['of 19 ', '6304 0000 0000 0000 000', ''],
]
const IMPERSONAL = [
  'git@github.com:acme/repo.git',
  '@scope/package@1.2.3 react@18.2.0-rc.next x@v2.0.beta',
  'logo@2x.png getty@tty1.service user@1000.service',
  'a @ b, @home, x@y, me@localhost, @@@',
  'alpine:3.20@sha256:0123456789abcdef',
  'ssh root@10.0.0.1',
  '4111111111111112 4111 1111 1111 1112',
  '1732249088123 1732249088123456 1732249088123456789',
  '0.4111111111111111 4111111111111111.5 v4111111111111111 4111111111111111abc',
  '1234-4111-1111-1111-1111 4111-1111-1111-1111-9',
  '2026-11-22T04:18:08.123Z 2026-11-22 04:18:08 1234 5678 9012 3456',
  '3f2c9d5e-8f0a-4b0e-9a51-411111111111',
]

describe('personal data', () => {
  it.each(PERSONAL)('is hidden where that is asked for: %s%s%s', async (before, value, after) => {
    const log = logOf(`${before}${value}${after}\n`)
    const { text, redacted } = await redact(log, { pii: true })
    const hidden = value.replaceAll(/[^ ]/g, (character) => '*'.repeat(Buffer.byteLength(character)))
    if (before === '“') expect(text).not.toMatch(/jos|m.nchen/)
    else expect(text).toBe(String(logOf(`${before}${hidden}${after}\n`)))
    expect(redacted).toBe(1)
    expect((await redact(log)).redacted).toBe(0)
  })

  it.each(IMPERSONAL)('is not %s', async (text) => {
    expect((await redact(logOf(`${text}\n`), { pii: true })).text).toBe(String(logOf(`${text}\n`)))
  })
})

describe('in a log is left', () => {
  it.each(HARMLESS)('%s', async (_, text) => {
    expect((await redact(logOf(`${text}\nvalue=${text}\n`))).redacted).toBe(0)
  })

  it.each([
    ['a commit', `commit ${createHash('sha1').update('x').digest('hex')}\nAuthor: me`],
    ['a request', '2026-11-22T04:18:08.123Z GET https://api.example.com/v1/items?page=2 200 12ms'],
    ['words in base 64', Buffer.from('hello, world').toString('base64')],
    [
      'a line of JSON',
      JSON.stringify({ id: '3f2c9d5e-8f0a-4b0e-9a51-0c1d2e3f4a5b', path: 'C:\\new\\tools', at: 1.79e12 }),
    ],
    ['a path', '/var/lib/data/projects/acme/2026/11/21/report_17.final.parquet'],
    ['what is hidden already', 'https://me:********@example.com Authorization: Bearer ********************'],
    ['a progress bar', '\r\u001b[2K 50 % [=========>          ] 12.3 MB/s eta 00:00:12'],
    ['nothing', ''],
  ])('%s', async (_, text) => {
    const log = logOf(`${text}\n`)
    const found = await withPii.redactLog(log, { inKey: false })
    expect(found).toEqual({ bytes: log, redacted: 0, endsInKey: false })
    expect(found.bytes).toBe(log)
  })
})

describe('whatever a log is', () => {
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...[...SECRETS, ...HARMLESS].map(([, text]) => text)).map((text) => Buffer.from(text)),
    fc
      .constantFrom('\n', '\r\n', ' ', '\u001b[31m', '\\n', '"', 'a@b.co', '4111111111111111')
      .map((text) => Buffer.from(text)),
  )

  it('it keeps its length, its lines and their prefixes', () =>
    fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.boolean(), async (parts, inKey) => {
        await redact(logOf(...parts), { inKey, pii: true })
        await redact(Buffer.concat(parts), { inKey, pii: true })
      }),
      { numRuns: 200 },
    ))

  const SIZE = 4 * 1024 * 1024
  it.each([
    ...['a', '-', '@', '4', '\n', '\u001b', '\\', '\u0080', 'a@a.', '://a:', 'eyJaaaaaaaaaaa.'],
    ...['-----BEGIN PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----\n', '4111 1111 1111 ', '\u001b[1;'],
    ...['-----BEGIN PRIVATE KEY-----\nMIIE aaa" ', '-----BEGIN PRIVATE KEY-----"', '\n| a+', '| +'],
    drawn(1, 4_000),
  ])(
    'it comes to an end with 4 MB of %j',
    async (text) => {
      const log = Buffer.alloc(SIZE, text)
      expect((await withPii.redactLog(log, { inKey: true })).bytes).toHaveLength(SIZE)
    },
    HANG_MS,
  )
})
