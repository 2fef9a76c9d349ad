import { describe, expect, it } from 'vitest'
import { secretlintScanner } from '../../lib/secrets/secretlint-scanner.ts'
import { HARMLESS, SECRETS } from './samples.ts'

const scanner = secretlintScanner()
const HANG_MS = 60_000
const SIZE = 250_000

describe('the scanner finds', () => {
  it.each(SECRETS)('%s', async (_, text) => {
    const before = 'some text before it, '
    const found = await scanner.scan(`${before}x=${text}\nand after`)
    expect(found.length).toBeGreaterThanOrEqual(1)
    for (const { rule, start, end } of found) {
      expect(rule).toMatch(/^[A-Za-z_]+$/)
      expect(start).toBeGreaterThanOrEqual(before.length)
      expect(end).toBeGreaterThan(start)
      expect(end).toBeLessThanOrEqual(before.length + 2 + text.length)
    }
  })

  it.each(SECRETS)('%s, whatever comment stands beside it', async (_, text) => {
    for (const [before, after] of [
      ['// secretlint-disable\n', ''],
      ['# secretlint-disable\n', '\n# secretlint-enable'],
      ['/* secretlint-disable */\n', ''],
      ['// secretlint-disable-next-line\n', ''],
      ['', ' // secretlint-disable-line'],
    ])
      expect(await scanner.scan(`x=${before}${text}${after}\n`), before).not.toEqual([])
  })

  it('several, and says where each of them is', async () => {
    const texts = SECRETS.slice(0, 3).map(([, text]) => text)
    const text = texts.join('\nand then\n')
    const found = await scanner.scan(text)
    for (const one of texts) {
      const start = text.indexOf(one)
      expect(found.some((each) => each.start >= start && each.end <= start + one.length)).toBe(true)
    }
  })
})

describe('the scanner lets pass', () => {
  it.each(HARMLESS)('%s', async (_, text) => {
    expect(await scanner.scan(`value=${text}\n`)).toEqual([])
  })

  it('nothing at all', async () => {
    expect(await scanner.scan('')).toEqual([])
  })
})

describe('the scanner comes to an end with', () => {
  const parts = [
    ...'aA0/=:@-_ .\n"\\\u00e9',
    'eyJa-',
    'eyJaaaaaaaaaaa.eyJaaaaaaaaaa.',
    'bearer ',
    'bearer\t\t\t',
    'https://',
    'https://a:b',
    'a://b:c',
    '://:',
    'postgres://a:',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN A B C ',
    '-----BEGIN EC PRIVATE KEY-----\\n',
    'aws_secret_access_key=',
    'authorization: Basic ',
    'authorization: Basic a',
    'bearer%20',
    'session_token=',
    'session_token: a',
    'lease-token:',
    'x-amz-signature=',
    'rl_',
    'rl_a_',
    'LS0tLS1CRUdJTi',
    'AIza',
    '01KBQK6M3V8Z5W0X2Y4A6C8E9G.1.60.',
    'a://b:${',
    'a://b:%A',
    'a://b:***',
    'AKIA',
    'ghp_',
    'xoxb-',
    'sk-',
    'SG.a.',
    'a.',
    'a-',
  ]

  it.each(parts)(
    `${SIZE} characters of %j`,
    async (part) => {
      const text = part.repeat(SIZE / part.length)
      await scanner.scan(text)
      await scanner.scan(`-----BEGIN RSA PRIVATE KEY-----\n${text}`)
      await scanner.scan(`https://a:${text}`)
    },
    HANG_MS,
  )
})
