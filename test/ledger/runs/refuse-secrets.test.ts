import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSecrets, refuseSecrets } from '../../../lib/ledger/runs/refuse-secrets.ts'
import type { LedgerError } from '../../../lib/run/errors.ts'
import { secretlintScanner } from '../../../lib/secrets/secretlint-scanner.ts'
import { HARMLESS, SECRETS } from '../../secrets/samples.ts'
import { refusal } from '../steps.ts'

const scanner = secretlintScanner()
const TOKEN = SECRETS.find(([what]) => what === 'a GitHub token')?.[1] ?? ''
const URL_PASSWORD = 'postgres://app:hunter2hunter2@db/prod'

const pathsOf = (error: LedgerError) => error.issues.map(({ path }) => path).toSorted()

describe('secrets are refused', () => {
  it.each(SECRETS)('%s', async (_, text) => {
    for (const values of [{ input: text }, { input: { a: [text] } }, { input: { a: [`x ${text} y`] } }]) {
      const error = await refusal(refuseSecrets(scanner, values))
      expect(error.code).toBe('invalid')
    }
  })

  it('with the path of each, and never the secret itself', async () => {
    const error = await refusal(
      refuseSecrets(scanner, {
        input: { fine: 'fine', deep: [{ url: URL_PASSWORD }, 'fine', TOKEN], nothing: null },
        name: 'fine',
        labels: { owner: TOKEN },
      }),
    )
    expect(pathsOf(error)).toEqual(['input.deep.0.url', 'input.deep.2', 'labels.owner'])
    expect(error.message).toContain('input.deep.0.url looks like a secret')
    expect(error.message).toContain('{"$secret": "name"}')
    expect(JSON.stringify([error.message, error.issues])).not.toMatch(/hunter2|ghp_/)
  })

  it('that only their name gives away', async () => {
    const secret = SECRETS.find(([what]) => what.startsWith('an AWS secret'))?.[1].split('=')[1] ?? ''
    const error = await refusal(
      refuseSecrets(scanner, { input: { env: { AWS_SECRET_ACCESS_KEY: secret }, other: secret } }),
    )
    expect(pathsOf(error)).toEqual(['input.env.AWS_SECRET_ACCESS_KEY'])
  })

  it('in a key, which is then not told', async () => {
    for (const inner of [1, { a: 1 }, 'short', 'long enough to be scanned by itself']) {
      const error = await refusal(refuseSecrets(scanner, { input: { list: [{ [TOKEN]: inner }] } }))
      expect(pathsOf(error)).toEqual(['input.list.0.*'])
    }
  })

  it('in each of many, and only there', async () => {
    const found = await findSecrets(scanner, [
      { input: 'fine' },
      { input: { a: TOKEN } },
      null,
      { input: { b: 'fine and long enough to be scanned' } },
      { name: URL_PASSWORD },
    ])
    expect(found.map((error) => error && pathsOf(error))).toEqual([null, ['input.a'], null, null, ['name']])
  })

  it('once for a value, however many there are in it', async () => {
    const [error] = await findSecrets(scanner, [{ input: `${TOKEN} ${TOKEN} ${URL_PASSWORD}` }])
    expect(error?.issues).toHaveLength(1)
  })
})

describe('what is no secret passes', () => {
  it.each(HARMLESS)('%s', async (_, text) => {
    await refuseSecrets(scanner, { input: { [text.slice(0, 20)]: text, list: [text] }, name: text })
  })

  it('a reference to one', async () => {
    await refuseSecrets(scanner, {
      input: { password: { $secret: 'DB_PASSWORD' }, list: [{ $secret: 'TOKEN' }] },
    })
  })

  it('values that are no text, and nothing', async () => {
    for (const values of [{}, null, { input: undefined }, { input: [1, true, null, 1.5e300] }])
      await refuseSecrets(scanner, values)
  })
})

describe('a reference', () => {
  it('is nothing else: with more beside it, what it holds is scanned', async () => {
    const error = await refusal(refuseSecrets(scanner, { input: { $secret: 'name', also: TOKEN } }))
    expect(pathsOf(error)).toEqual(['input.also'])
  })

  it('holds a name, not the secret', async () => {
    const error = await refusal(refuseSecrets(scanner, { input: { password: { $secret: TOKEN } } }))
    expect(pathsOf(error)).toEqual(['input.password.$secret'])
  })
})

describe('what is not scanned', () => {
  it('holds nothing that the scanner would find', async () => {
    const texts = fc.record({
      before: fc.string({ maxLength: 40 }),
      after: fc.string({ maxLength: 40 }),
      sample: fc.constantFrom(...SECRETS.map(([, text]) => text)),
    })
    await fc.assert(
      fc.asyncProperty(texts, async ({ before, after, sample }) => {
        const text = `${before} ${sample} ${after}`
        const found = await scanner.scan(`key=${text}\n`)
        const [error] = await findSecrets(scanner, [{ key: text }])
        expect(error !== null).toBe(found.length > 0)
      }),
      { numRuns: 200 },
    )
  })

  it('is found neither when it is any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        const found = await scanner.scan(`key=${text}\n`)
        const [error] = await findSecrets(scanner, [{ key: text }])
        expect(error !== null).toBe(found.length > 0)
      }),
      { numRuns: 200 },
    )
  })
})

describe('a batch full of secrets', () => {
  it('is refused run by run in passing, with 20 paths of each at most', async () => {
    // Looking each find up among all texts took half a minute, in which nobody else was answered.
    const values = { input: Array.from({ length: 60 }, () => TOKEN) }
    const errors = await findSecrets(scanner, [
      ...Array.from({ length: 1_000 }, () => values),
      { input: 'clean' },
    ])
    expect(errors.slice(0, 1_000).every((error) => error?.issues.length === 20)).toBe(true)
    expect(errors.at(-1)).toBe(null)
  })
})
