import { randomBytes } from 'node:crypto'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { fromKeyText, hashSecret, sameHash, toKeyText } from '../../../lib/ledger/keys/key-text.ts'

describe('the text of a key', () => {
  it('gives back id and secret, whatever characters the secret drew', () => {
    for (let n = 0; n < 200; n++) {
      const [id, secret] = [ulid(), randomBytes(32).toString('base64url')]
      expect(fromKeyText(toKeyText(id, secret))).toEqual({ id, secret })
    }
    expect(fromKeyText(toKeyText('A1', '_-_-_-_-_-_-_-_-'))).toEqual({ id: 'A1', secret: '_-_-_-_-_-_-_-_-' })
  })

  it.each([
    '',
    'rl__',
    'rl_a_short',
    'RL_A_0123456789abcdef',
    ' rl_A_0123456789abcdef',
    'rl_A_0123456789abcdef\n',
    'rl_A-B_0123456789abcdef',
  ])('is not %j', (text) => {
    expect(fromKeyText(text)).toBeNull()
  })
})

describe('the hash of a secret', () => {
  it('is the same for the same, and no other', () => {
    expect(sameHash(hashSecret('a'), hashSecret('a'))).toBe(true)
    expect(sameHash(hashSecret('a'), hashSecret('b'))).toBe(false)
    expect(sameHash(hashSecret('a'), hashSecret('a').slice(2))).toBe(false)
    expect(sameHash(hashSecret('a'), '')).toBe(false)
  })
})
