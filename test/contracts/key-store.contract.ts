import { describe, expect, it } from 'vitest'
import type { KeyStore, StoredKey } from '../../lib/ports/key-store.ts'
import { unique } from '../support/make.ts'
import { type Engine, must, useHarness } from './harness.ts'
import { auditEntry } from './retention-steps.ts'

/** What `lib/ports/key-store.ts` promises, on one engine. */
export function keyStoreContract(engine: Engine): void {
  describe(`the key store on ${engine.name}`, () => {
    const at = useHarness(engine)

    it('keeps a key as it is given', async () => {
      const { keys } = at().store
      const given = newKey({
        scopes: ['runs:read', 'runs:work'],
        projectId: 'acme',
        owner: 'Zoë "Z" O’Neil',
        expiresAt: '2090-01-02T03:04:05.678Z',
      })
      const key = await keys.insert(given)
      expect(key).toEqual({
        ...given,
        createdAt: expect.stringMatching(ISO),
        lastUsedAt: null,
        revokedAt: null,
      })
      expect(await keys.find(given.id)).toEqual({ key, usable: true })
    })

    it('finds null for an id there is none of', async () => {
      expect(await at().store.keys.find(unique('key'))).toBeNull()
    })

    it('says that an expired key is not usable', async () => {
      const { keys, raw } = at().store
      const { id } = await keys.insert(newKey({ expiresAt: '2090-01-01T00:00:00.000Z' }))
      expect(await keys.find(id)).toMatchObject({ usable: true })
      await raw(`UPDATE api_keys SET "expiresAt" = now() - interval '1 second' WHERE id = '${id}'`)
      expect(await keys.find(id)).toMatchObject({ key: { id }, usable: false })
    })

    it('revokes a key once, and says that it is not usable', async () => {
      const { keys } = at().store
      const { id } = await keys.insert(newKey())
      const revoked = must(await keys.revoke(id))
      expect(revoked.revokedAt).toMatch(ISO)
      expect(await keys.find(id)).toEqual({ key: revoked, usable: false })
      expect(await keys.revoke(id)).toBeNull()
      expect(await keys.find(id)).toEqual({ key: revoked, usable: false })
      expect(await keys.revoke(unique('key'))).toBeNull()
    })

    it('notes in the audit what is done, and nothing of what is not', async () => {
      const { keys, audit } = at().store
      const given = newKey({ owner: unique('who') })
      const noted = (action: 'key.created' | 'key.rotated' | 'key.revoked') =>
        auditEntry({ action, actor: given.owner })
      await keys.insert(given, noted('key.created'))
      await keys.replaceSecret(given.id, 'hash-2', noted('key.rotated'))
      await keys.revoke(given.id, noted('key.revoked'))
      await keys.revoke(given.id, noted('key.revoked'))
      await keys.replaceSecret(given.id, 'hash-3', noted('key.rotated'))
      const rows = await audit.list({ actor: given.owner, limit: 10 })
      expect(rows.map(({ action }) => action)).toEqual(['key.revoked', 'key.rotated', 'key.created'])
    })

    it('replaces the secret of a key that is not revoked', async () => {
      const { keys } = at().store
      const { id } = await keys.insert(newKey())
      expect(await keys.replaceSecret(id, 'hash-2')).toMatchObject({ id, secretHash: 'hash-2' })
      await keys.revoke(id)
      expect(await keys.replaceSecret(id, 'hash-3')).toBeNull()
      expect(await keys.find(id)).toMatchObject({ key: { secretHash: 'hash-2' } })
      expect(await keys.replaceSecret(unique('key'), 'hash-4')).toBeNull()
    })

    it('notes a use every five minutes at most', async () => {
      const { keys, raw } = at().store
      const { id } = await keys.insert(newKey())
      const lastUsed = async () => must((await keys.find(id))?.key).lastUsedAt
      const shift = (seconds: number) =>
        raw(
          `UPDATE api_keys SET "lastUsedAt" = "lastUsedAt" + interval '${seconds} seconds' WHERE id = '${id}'`,
        )
      await keys.touch(id)
      const first = must(await lastUsed())
      expect(first).toMatch(ISO)
      await shift(-290)
      const shifted = must(await lastUsed())
      await keys.touch(id)
      expect(await lastUsed()).toBe(shifted)
      await shift(-20)
      await keys.touch(id)
      expect(must(await lastUsed()) >= first).toBe(true)
    })

    it('touches an unknown key without a word', async () => {
      await at().store.keys.touch(unique('key'))
    })

    describe('list', () => {
      const on = useHarness(engine)

      it('pages through all keys, newest first, also where some are of one moment', async () => {
        const { keys, raw } = on().store
        await raw('DELETE FROM api_keys')
        const ids: string[] = []
        for (let n = 0; n < 7; n++) {
          const { id } = await keys.insert(newKey())
          const seconds = 100 - Math.floor(n / 3) * 10
          await raw(
            `UPDATE api_keys SET "createdAt" = date_trunc('minute', now()) - interval '${seconds} seconds' WHERE id = '${id}'`,
          )
          ids.unshift(id)
        }
        await keys.revoke(must(ids[3]))
        expect(await pages(keys, 2)).toEqual(ids)
        expect(await pages(keys, 100)).toEqual(ids)
        expect(await keys.list({ after: ids.at(-1), limit: 5 })).toEqual([])
      })
    })
  })
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

async function pages(keys: KeyStore, limit: number): Promise<string[]> {
  const seen: StoredKey[] = []
  for (;;) {
    const page = await keys.list({ after: seen.at(-1)?.id, limit })
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) return seen.map((key) => key.id)
    seen.push(...page)
  }
}

function newKey(
  overrides: Partial<StoredKey> = {},
): Omit<StoredKey, 'createdAt' | 'lastUsedAt' | 'revokedAt'> {
  const {
    createdAt: _created,
    lastUsedAt: _used,
    revokedAt: _revoked,
    ...key
  } = {
    id: nextId(),
    secretHash: 'hash-1',
    name: 'ci',
    owner: 'Ada',
    scopes: ['admin' as const],
    projectId: null,
    createdBy: 'test',
    expiresAt: null,
    createdAt: '',
    lastUsedAt: null,
    revokedAt: null,
    ...overrides,
  }
  return key
}

let made = 0
/** Ids that grow, so that keys of one moment have an order too. */
function nextId(): string {
  return `key-${String(made++).padStart(6, '0')}`
}
