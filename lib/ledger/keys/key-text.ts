import { createHash, timingSafeEqual } from 'node:crypto'

/** `rl_<id>_<secret>`, as it is shown once and sent with every request. */
export function toKeyText(id: string, secret: string): string {
  return `rl_${id}_${secret}`
}

/** Its two parts, or null when the text is no key. */
export function fromKeyText(text: string): { id: string; secret: string } | null {
  const match = /^rl_([0-9A-Za-z]{1,64})_([A-Za-z0-9_-]{16,200})$/.exec(text)
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : null
}

/** All that is kept of a secret. It is random and long, so a plain hash cannot be searched. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Enough of the hash to tell one secret of a key from the next, and too little to be of use. */
export const proofOf = (secretHash: string): string => secretHash.slice(0, 16)

/** Compares two hashes in a time that says nothing. */
export function sameHash(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length === right.length && timingSafeEqual(left, right)
}
