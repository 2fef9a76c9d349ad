import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../lib/ledger/keys/authenticate.ts'
import { createKey, listKeys, revokeKey, rotateKey } from '../../../lib/ledger/keys/keys.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, SQLITE, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

const YEARS_MS = 1e11

describe('keys on Postgres', () => {
  const at = useLedger(POSTGRES)

  it('are shown once, with a text that names the key and holds a secret of 256 bits', async () => {
    const { key, ...shown } = await createKey(at().as(), { name: 'ci', scopes: ['runs:read'] })
    const [, id, secret = ''] = must(/^rl_([0-9A-Z]{26})_([\w-]+)$/.exec(key))
    expect(id).toBe(shown.id)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(shown).toMatchObject({
      name: 'ci',
      owner: 'ci',
      scopes: ['runs:read'],
      projectId: null,
      createdBy: 'system',
      expiresAt: null,
      lastUsedAt: null,
      revokedAt: null,
    })
  })

  it('are kept without their secret', async () => {
    const ledger = at()
    const { id, key } = await createKey(ledger.as(), { name: 'ci', scopes: ['runs:read'] })
    const [row] = await ledger.store.raw(`SELECT * FROM api_keys WHERE id = '${id}'`)
    const secret = key.slice(key.lastIndexOf(id) + id.length + 1)
    expect(JSON.stringify(row)).not.toContain(secret)
    expect(row).toMatchObject({ secretHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    for (const answer of [await listKeys(ledger.as()), await revokeKey(ledger.as(), { id })])
      expect(JSON.stringify(answer)).not.toMatch(/secret|[0-9a-f]{64}/i)
  })

  it('are kept in the audit with who made, rotated and revoked them, once each, and never their text', async () => {
    const ledger = at()
    const name = unique('ci')
    const made = await createKey(ledger.as(), { name, scopes: ['runs:read'], projectId: 'acme' })
    const rotated = await rotateKey(ledger.as(), { id: made.id })
    await revokeKey(ledger.as(), { id: made.id })
    expect(await revokeKey(ledger.as(), { id: made.id })).toMatchObject({
      id: made.id,
      revokedAt: expect.any(String),
    })
    await refusal(rotateKey(ledger.as(), { id: made.id }))
    const rows = (await ledger.store.audit.list({ limit: 100 })).filter(
      ({ stats }) => stats.keyId === made.id,
    )
    expect(rows.map(({ action }) => action)).toEqual(['key.revoked', 'key.rotated', 'key.created'])
    expect(rows).toMatchObject(
      rows.map(() => ({ actor: 'system', projectId: 'acme', stats: { key: name, scopes: ['runs:read'] } })),
    )
    for (const { key } of [made, rotated]) expect(JSON.stringify(rows)).not.toContain(key.slice(-20))
  })

  it('may have an owner, a project and an end', async () => {
    const projectId = unique('p')
    const expiresAt = new Date(Date.now() + YEARS_MS)
    const key = await createKey(at().as(), {
      name: 'ci',
      owner: 'the data team',
      scopes: ['runs:write', 'runs:work', 'runs:write'],
      projectId,
      expiresAt: expiresAt.toISOString(),
    })
    expect(key).toMatchObject({
      owner: 'the data team',
      scopes: ['runs:write', 'runs:work'],
      projectId,
      expiresAt: expiresAt.toISOString(),
    })
  })

  it.each([
    ['no name', { name: '' }, 'name'],
    ['two lines for a name', { name: 'a\nb' }, 'name'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['a scope there is none of', { scopes: ['runs:delete'] }, 'scopes.0'],
    ['an admin of one project', { scopes: ['admin'], projectId: 'acme' }, 'projectId'],
    ['an end that has passed', { expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    ['an end past all calendars', { expiresAt: '9999-12-31T23:59:59-01:00' }, 'expiresAt'],
    ['an id of its own', { id: ulid() }, ''],
  ])('refuse %s', async (_, change, path) => {
    const input = { name: 'ci', scopes: ['runs:read'], ...change }
    const error = await refusal(createKey(at().as(), input as never))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
  })

  it('are listed newest first, revoked ones too, a page at a time', async () => {
    const ledger = at()
    const made: string[] = []
    for (let n = 0; n < 5; n++)
      made.unshift((await createKey(ledger.as(), { name: `k${n}`, scopes: ['admin'] })).id)
    await revokeKey(ledger.as(), { id: must(made[1]) })
    const first = await listKeys(ledger.as(), { limit: 3 })
    expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 3))
    expect(first.data[1]?.revokedAt).not.toBeNull()
    const second = await listKeys(ledger.as(), { limit: 2, cursor: must(first.nextCursor) })
    expect(second.data.map(({ id }) => id)).toEqual(made.slice(3))
    for (const input of [{ limit: 101 }, { limit: 0 }, { cursor: 'x' }])
      expect(await refusal(listKeys(ledger.as(), input))).toMatchObject({ code: 'invalid' })
  })

  it('rotated have a new secret, and the old one ends at once', async () => {
    const ledger = at()
    const old = await createKey(ledger.as(), { name: 'ci', scopes: ['runs:read'] })
    const renewed = await rotateKey(ledger.as(), { id: old.id })
    expect(renewed).toMatchObject({ id: old.id, name: 'ci', scopes: ['runs:read'] })
    expect(renewed.key).not.toBe(old.key)
    expect(await refusal(authenticate(ledger.ports, old.key))).toMatchObject({ code: 'unauthorized' })
    expect(await authenticate(ledger.ports, renewed.key)).toMatchObject({ name: 'ci' })
  })

  it('revoked end at once and for good', async () => {
    const ledger = at()
    const { id, key } = await createKey(ledger.as(), { name: 'ci', scopes: ['runs:read'] })
    await authenticate(ledger.ports, key)
    const revoked = await revokeKey(ledger.as(), { id })
    expect(revoked.revokedAt).not.toBeNull()
    expect(await refusal(authenticate(ledger.ports, key))).toMatchObject({ code: 'unauthorized' })
    expect(await revokeKey(ledger.as(), { id })).toEqual(revoked)
    expect(await refusal(rotateKey(ledger.as(), { id }))).toMatchObject({ code: 'not_found' })
  })

  it('there are none of are not found', async () => {
    for (const verb of [rotateKey, revokeKey]) {
      expect(await refusal(verb(at().as(), { id: ulid() }))).toMatchObject({ code: 'not_found' })
      expect(await refusal(verb(at().as(), { id: 'x' }))).toMatchObject({ code: 'invalid' })
    }
  })
})

describe('keys on SQLite', () => {
  const at = useLedger(SQLITE)

  it('are refused with what to do instead', async () => {
    const ctx = at().as()
    for (const work of [
      () => createKey(ctx, { name: 'ci', scopes: ['admin'] }),
      () => listKeys(ctx),
      () => rotateKey(ctx, { id: ulid() }),
      () => revokeKey(ctx, { id: ulid() }),
    ])
      expect(await refusal(work())).toMatchObject({
        code: 'invalid',
        message: expect.stringContaining('--remote'),
      })
  })
})
