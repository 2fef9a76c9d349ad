import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../lib/ledger/keys/authenticate.ts'
import { createKey } from '../../../lib/ledger/keys/keys.ts'
import { unique } from '../../support/make.ts'
import { ADMIN_KEY, POSTGRES, type TestLedger, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

const A_MINUTE_MS = 60_000

async function lastUse({ store }: TestLedger, id: string): Promise<number | null> {
  const found = await store.keys.find(id)
  const at = found?.key.lastUsedAt ?? null
  return at === null ? null : Date.parse(at)
}

describe('authenticate', () => {
  const at = useLedger(POSTGRES)

  it('knows the actor that a key stands for', async () => {
    const ledger = at()
    const projectId = unique('p')
    const { id, key } = await createKey(ledger.as(), {
      name: 'ci',
      owner: 'the data team',
      scopes: ['runs:read', 'runs:work'],
      projectId,
    })
    expect(await authenticate(ledger.ports, key)).toEqual({
      name: 'the data team',
      scopes: ['runs:read', 'runs:work'],
      projectId,
      limitKey: id,
    })
  })

  it('knows the admin’s own key, which is stored nowhere', async () => {
    const { ports } = at()
    expect(await authenticate(ports, ADMIN_KEY)).toEqual({
      name: 'admin',
      scopes: ['admin'],
      projectId: null,
      limitKey: 'admin',
    })
    expect(ports.adminKeyHash).toBe(createHash('sha256').update(ADMIN_KEY).digest('hex'))
    const without = { ...ports, adminKeyHash: null }
    expect(await refusal(authenticate(without, ADMIN_KEY))).toMatchObject({ code: 'unauthorized' })
  })

  it('says the same of every key that is not good', async () => {
    const ledger = at()
    const { id, key } = await createKey(ledger.as(), { name: 'ci', scopes: ['admin'] })
    const expired = await createKey(ledger.as(), {
      name: 'ci',
      scopes: ['admin'],
      expiresAt: new Date(Date.now() + A_MINUTE_MS).toISOString(),
    })
    expect(await authenticate(ledger.ports, expired.key)).toMatchObject({ name: 'ci' })
    await ledger.store.raw(
      `UPDATE api_keys SET "expiresAt" = now() - interval '1 second' WHERE id = '${expired.id}'`,
    )
    const bad = [
      '',
      'rl_',
      'Bearer',
      ADMIN_KEY.slice(1),
      `${ADMIN_KEY}x`,
      expired.key,
      key.slice(0, -1),
      `${key}x`,
      key.toUpperCase(),
      key.replace(id, '0'.repeat(26)),
      key.replace('rl_', 'xx_'),
      `rl_${id}_${'A'.repeat(43)}`,
      `rl_${id}_`,
      `rl_\u0000_${'A'.repeat(43)}`,
      `rl_${'0'.repeat(5_000)}_${'A'.repeat(5_000)}`,
    ]
    for (const text of bad) {
      const error = await refusal(authenticate(ledger.ports, text))
      expect(error, text).toMatchObject({
        code: 'unauthorized',
        message: 'the key is not known, has expired or was revoked',
      })
    }
    expect(await authenticate(ledger.ports, key)).toMatchObject({ limitKey: id })
  })

  it('notes the use of a key every five minutes at most', async () => {
    const ledger = at()
    const { id, key } = await createKey(ledger.as(), { name: 'ci', scopes: ['admin'] })
    let touches = 0
    let now = Date.now()
    const ports = {
      ...ledger.ports,
      now: () => now,
      keys: {
        ...ledger.ports.keys,
        touch: (touched: string) => {
          touches++
          return ledger.ports.keys.touch(touched)
        },
      },
    }
    await authenticate(ports, key)
    const first = await lastUse(ledger, id)
    expect(first).not.toBeNull()
    for (let n = 0; n < 5; n++) await authenticate(ports, key)
    now += 4 * A_MINUTE_MS
    await authenticate(ports, key)
    expect(touches).toBe(1)
    await ledger.store.raw(
      `UPDATE api_keys SET "lastUsedAt" = "lastUsedAt" - interval '301 seconds' WHERE id = '${id}'`,
    )
    await authenticate(ports, key)
    expect(touches).toBe(2)
    expect(await lastUse(ledger, id)).toBeGreaterThanOrEqual(first ?? 0)
  })

  it('lets a good key in when its use could not be noted, and logs that', async () => {
    const ledger = at()
    const { id, key } = await createKey(ledger.as(), { name: 'ci', scopes: ['admin'] })
    const keys = { ...ledger.ports.keys, touch: () => Promise.reject(new Error('read-only')) }
    expect(await authenticate({ ...ledger.ports, keys }, key)).toMatchObject({ limitKey: id })
    expect(ledger.logged.at(-1)).toMatchObject({ level: 'warn', keyId: id, error: { message: 'read-only' } })
    expect(JSON.stringify(ledger.logged)).not.toContain(key.slice(-43))
  })

  it('compares hashes in a time that says nothing', () => {
    const room = new URL('../../../lib/ledger/keys/', import.meta.url)
    const source = (name: string) => readFileSync(new URL(name, room), 'utf8')
    expect(source('key-text.ts')).toContain('timingSafeEqual(left, right)')
    expect(source('authenticate.ts').match(/sameHash\(hashSecret\(/g)).toHaveLength(2)
  })
})
