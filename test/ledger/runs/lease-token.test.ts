import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { fromLeaseToken, LeaseToken, toLeaseToken } from '../../../lib/ledger/runs/lease-token.ts'
import { hkdfSigner } from '../../../lib/runtime/signer.ts'

const signer = hkdfSigner('one secret of the tests, long enough')
const other = hkdfSigner('another secret of the tests, as long')
const lease = { id: ulid(), fence: 7, leaseSeconds: 60 }
const refused = (message: string) =>
  expect.objectContaining({
    code: 'invalid',
    issues: [{ path: 'leaseToken', message: expect.stringContaining(message) }],
  })

describe('a lease token', () => {
  it('gives back the lease it was made for', () => {
    const token = toLeaseToken(signer, lease)
    expect(fromLeaseToken(signer, token)).toEqual(lease)
    expect(fromLeaseToken(signer, token, lease.id)).toEqual(lease)
    expect(LeaseToken.safeParse(token).success).toBe(true)
    expect(token).toMatch(/^[A-Za-z0-9._-]+$/)
  })

  it('is still good when the secret was changed and the previous one is known', () => {
    const renewed = hkdfSigner('another secret of the tests, as long', 'one secret of the tests, long enough')
    expect(fromLeaseToken(renewed, toLeaseToken(signer, lease))).toEqual(lease)
    expect(fromLeaseToken(renewed, toLeaseToken(other, lease))).toEqual(lease)
  })

  it('is refused for another run', () => {
    const token = toLeaseToken(signer, lease)
    expect(() => fromLeaseToken(signer, token, ulid())).toThrow(refused(`belongs to run ${lease.id}`))
  })

  it('is refused when it was changed, made under another secret, or signed for another purpose', () => {
    const token = toLeaseToken(signer, lease)
    const payload = token.slice(0, token.lastIndexOf('.'))
    const wrong = [
      '',
      'made up',
      payload,
      token.replace('.7.', '.8.'),
      `${token}x`,
      token.slice(0, -1),
      toLeaseToken(other, lease),
      signer.sign('cookie', payload),
      signer.sign('lease', 'not an id.1.60'),
    ]
    for (const text of wrong)
      expect(() => fromLeaseToken(signer, text), text).toThrow(refused('not a lease token of this ledger'))
  })
})
