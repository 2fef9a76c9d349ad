import { describe, expect, it } from 'vitest'
import { IdempotencyKey, idempotencyHash } from '../../../lib/ledger/runs/idempotency.ts'

describe('the hash of a body', () => {
  it('is the same in whatever order its keys stand, at any depth', () => {
    const body = { kind: 'k', input: { a: [1, { x: 1, y: 2 }], b: null } }
    const turned = { input: { b: null, a: [1, { y: 2, x: 1 }] }, kind: 'k' }
    expect(idempotencyHash(turned)).toBe(idempotencyHash(body))
    expect(idempotencyHash(body)).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not mind what is not there', () => {
    expect(idempotencyHash({ kind: 'k', name: undefined })).toBe(idempotencyHash({ kind: 'k' }))
  })

  it('is another for another order of a list, another type or another text', () => {
    const bodies = [[1, 2], [2, 1], ['1', 2], [1, 2, null], { 0: 1, 1: 2 }, 'é', 'e\u0301', null, {}]
    expect(new Set(bodies.map(idempotencyHash)).size).toBe(bodies.length)
  })
})

describe('an idempotency key', () => {
  it('is up to 255 characters of printable ASCII', () => {
    for (const key of ['a', 'order 42 / ~!', 'x'.repeat(255)])
      expect(IdempotencyKey.safeParse(key).success, key).toBe(true)
    for (const key of ['', 'ü', 'a\n', '\u007f', 'x'.repeat(256)])
      expect(IdempotencyKey.safeParse(key).success, key).toBe(false)
  })
})
