import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { Signer, SignPurpose } from '../ports/signer.ts'

/** Signs with HMAC-SHA-256 under keys derived from the secret by HKDF, one a purpose; the previous secret still verifies. */
export function hkdfSigner(secret: string, previous?: string | undefined): Signer {
  const present = keysOf(secret)
  const accepted = previous === undefined ? [present] : [present, keysOf(previous)]
  return {
    sign: (purpose, payload) => `${payload}.${macOf(present(purpose), payload)}`,
    verify(purpose, signed) {
      const at = signed.lastIndexOf('.')
      if (at < 0) return null
      const [payload, mac] = [signed.slice(0, at), signed.slice(at + 1)]
      return accepted.some((keyFor) => same(macOf(keyFor(purpose), payload), mac)) ? payload : null
    },
    derive: (name) => ({
      present: derived(secret, `derived:${name}`),
      previous: previous === undefined ? null : derived(previous, `derived:${name}`),
    }),
  }
}

function keysOf(secret: string): (purpose: SignPurpose) => KeyObject {
  const keys = new Map<SignPurpose, KeyObject>()
  return (purpose) => {
    let key = keys.get(purpose)
    if (key === undefined) {
      key = createSecretKey(derived(secret, purpose))
      keys.set(purpose, key)
    }
    return key
  }
}

const derived = (secret: string, use: string) => Buffer.from(hkdfSync('sha256', secret, 'runledger', use, 32))

const macOf = (key: KeyObject, payload: string) =>
  createHmac('sha256', key).update(payload).digest('base64url')

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
