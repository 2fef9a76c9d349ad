import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { hkdfSigner } from '../../lib/runtime/signer.ts'

const [ONE, TWO] = ['1'.repeat(32), '2'.repeat(32)]
const signer = hkdfSigner(ONE)
const signed = signer.sign('lease', 'a.payload')

describe('a signed text', () => {
  it('gives its payload back, dots and all', () => {
    expect(signer.verify('lease', signed)).toBe('a.payload')
    for (const payload of ['', '.', 'ä\n', 'x'.repeat(10_000)])
      expect(signer.verify('lease', signer.sign('lease', payload))).toBe(payload)
  })

  it('is the same from every process that has the secret', () => {
    expect(hkdfSigner(ONE).sign('lease', 'a.payload')).toBe(signed)
  })

  it('is worth nothing for another purpose', () => {
    const other = 'cookie'
    expect(signer.verify(other, signed)).toBeNull()
    expect(signer.sign(other, 'a.payload')).not.toBe(signed)
  })

  it('is worth nothing once a character of it has changed, gone or come', () => {
    for (let at = 0; at < signed.length; at++) {
      const other = signed[at] === 'A' ? 'B' : 'A'
      expect(signer.verify('lease', signed.slice(0, at) + other + signed.slice(at + 1))).toBeNull()
      expect(signer.verify('lease', signed.slice(0, at) + signed.slice(at + 1))).toBeNull()
    }
    for (const text of [`${signed}A`, `A${signed}`, `${signed}=`, '', '.', 'a.payload', 'a.payload.'])
      expect(signer.verify('lease', text)).toBeNull()
  })

  it('of another secret is worth nothing', () => {
    expect(hkdfSigner(TWO).verify('lease', signed)).toBeNull()
  })
})

describe('a derived secret', () => {
  it('is the same for its name and its secret alone, and no signature’s key', () => {
    const { present, previous } = signer.derive('webhook:1')
    expect(present).toHaveLength(32)
    expect(previous).toBeNull()
    expect(hkdfSigner(ONE).derive('webhook:1').present).toEqual(present)
    expect(signer.derive('webhook:2').present).not.toEqual(present)
    expect(hkdfSigner(TWO).derive('webhook:1').present).not.toEqual(present)
    const mac = createHmac('sha256', signer.derive('lease').present).update('a.payload').digest('base64url')
    expect(signed).not.toBe(`a.payload.${mac}`)
  })

  it('is told with the one of the secret before, while that is being replaced', () => {
    const { present } = signer.derive('webhook:1')
    expect(hkdfSigner(TWO, ONE).derive('webhook:1')).toEqual({
      present: hkdfSigner(TWO).derive('webhook:1').present,
      previous: present,
    })
  })
})

describe('a secret that is being replaced', () => {
  const rotating = hkdfSigner(TWO, ONE)

  it('still verifies what it signed', () => {
    expect(rotating.verify('lease', signed)).toBe('a.payload')
  })

  it('signs no more', () => {
    expect(signer.verify('lease', rotating.sign('lease', 'new'))).toBeNull()
    expect(hkdfSigner(TWO).verify('lease', rotating.sign('lease', 'new'))).toBe('new')
  })

  it('keeps purposes apart, too', () => {
    expect(rotating.verify('cookie', signed)).toBeNull()
  })
})
