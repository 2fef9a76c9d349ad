import { describe, expect, it } from 'vitest'
import type { Key, NewKey } from '../../../lib/ledger/keys/keys.ts'
import { unique } from '../../support/make.ts'
import { enqueue, eventsOf, must, refusal, useApp } from './steps.ts'

const at = useApp()

const create = (body: object) => at().request<NewKey>('POST', '/v1/keys', { body })
const list = async () => {
  const all: Key[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/v1/keys?limit=100${cursor ? `&cursor=${cursor}` : ''}`
    const { json, text } = await at().request<{ data: Key[]; nextCursor: string | null }>('GET', path)
    expect(text).not.toContain('secretHash')
    all.push(...json.data)
    cursor = json.nextCursor
  }
  return all
}
const mayRead = async (key: string) => (await at().request('GET', '/v1/runs?limit=1', { key })).status

describe('a key', () => {
  it('is shown once, when it is made, and never again', async () => {
    const { status, json } = await create({
      name: 'ci',
      scopes: ['runs:read', 'runs:read'],
      projectId: 'acme',
      owner: 'Ada',
    })
    expect(status).toBe(201)
    expect(json).toMatchObject({
      name: 'ci',
      owner: 'Ada',
      scopes: ['runs:read'],
      projectId: 'acme',
      createdBy: 'admin',
    })
    expect(json.key).toMatch(new RegExp(`^rl_${json.id}_[A-Za-z0-9_-]{43}$`))
    const secret = must(json.key.split('_').slice(2).join('_'))
    const { text } = await at().request('GET', '/v1/keys?limit=100')
    expect(text).toContain(json.id)
    expect(text).not.toContain(secret)
    const [row] = await at().raw(`SELECT * FROM api_keys WHERE id = '${json.id}'`)
    expect(JSON.stringify(row)).not.toContain(secret)
    expect(await mayRead(json.key)).toBe(200)
  })

  it('with a new secret has ended with the old one, and keeps all else', async () => {
    const { json: first } = await create({ name: 'a', scopes: ['runs:read'] })
    const { status, json: second } = await at().request<NewKey>('POST', `/v1/keys/${first.id}:rotate`)
    expect(status).toBe(200)
    expect(second).toEqual({ ...first, key: second.key })
    expect(second.key).not.toBe(first.key)
    expect([await mayRead(first.key), await mayRead(second.key)]).toEqual([401, 200])
  })

  it('that is revoked has ended at once and for good; again changes nothing', async () => {
    const { json } = await create({ name: 'a', scopes: ['runs:read'] })
    expect(await mayRead(json.key)).toBe(200)
    const revoke = () => at().request<Key>('POST', `/v1/keys/${json.id}:revoke`)
    const first = await revoke()
    expect(first.json.revokedAt).not.toBeNull()
    expect(await mayRead(json.key)).toBe(401)
    expect((await revoke()).json).toEqual(first.json)
    expect(await refusal(at(), 'POST', `/v1/keys/${json.id}:rotate`)).toMatchObject({ status: 404 })
    expect((await list()).find(({ id }) => id === json.id)?.revokedAt).toBe(first.json.revokedAt)
  })

  it('ends at its expiry', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const { json } = await create({ name: 'a', scopes: ['runs:read'], expiresAt })
    expect(json.expiresAt).toBe(expiresAt)
    expect(await mayRead(json.key)).toBe(200)
    await at().raw(`UPDATE api_keys SET "expiresAt" = now() WHERE id = '${json.id}'`)
    expect(await mayRead(json.key)).toBe(401)
  })

  it('notes when it was used last, to five minutes', async () => {
    const { json } = await create({ name: 'a', scopes: ['runs:read'] })
    const lastUsedAt = async () => must((await list()).find(({ id }) => id === json.id)).lastUsedAt
    expect(await lastUsedAt()).toBeNull()
    await mayRead(json.key)
    const first = must(await lastUsedAt())
    await mayRead(json.key)
    expect(await lastUsedAt()).toBe(first)
    await at().raw(
      `UPDATE api_keys SET "lastUsedAt" = "lastUsedAt" - interval '6 minutes' WHERE id = '${json.id}'`,
    )
    await mayRead(json.key)
    expect(Date.parse(must(await lastUsedAt()))).toBeGreaterThanOrEqual(Date.parse(first))
  })

  it('names its owner as the actor of what it does', async () => {
    const { json } = await create({ name: 'a', scopes: ['runs:write'], owner: 'Ada Lovelace' })
    const run = await enqueue(at(), {}, { key: json.key })
    expect(run.createdBy).toBe('Ada Lovelace')
    expect((await eventsOf(at(), run.id))[0]?.actor).toBe('Ada Lovelace')
  })

  it('may be listed a page at a time, newest first', async () => {
    for (let n = 0; n < 3; n++) await create({ name: `n${n}`, scopes: ['runs:read'] })
    const all = await list()
    expect(all.map(({ id }) => id)).toEqual(
      all
        .map(({ id }) => id)
        .sort()
        .toReversed(),
    )
    const { json } = await at().request<{ data: Key[]; nextCursor: string }>('GET', '/v1/keys?limit=2')
    expect(json.data).toEqual(all.slice(0, 2))
    const second = await at().request<{ data: Key[] }>('GET', `/v1/keys?limit=1&cursor=${json.nextCursor}`)
    expect(second.json.data).toEqual(all.slice(2, 3))
  })

  it('of an admin is as good as the first one, and can make others', async () => {
    const { json } = await create({ name: 'root', scopes: ['admin'] })
    const made = await at().request<NewKey>('POST', '/v1/keys', {
      key: json.key,
      body: { name: 'b', scopes: ['runs:read'] },
    })
    expect([made.status, made.json.createdBy]).toEqual([201, 'root'])
  })
})

describe('a key that cannot be', () => {
  const wrong: [body: object, path: string][] = [
    [{ name: 'a', scopes: ['admin'], projectId: 'acme' }, 'projectId'],
    [{ name: 'a', scopes: ['runs:read', 'admin'], projectId: 'acme' }, 'projectId'],
    [{ name: 'a', scopes: [] }, 'scopes'],
    [{ name: 'a', scopes: ['root'] }, 'scopes.0'],
    [{ name: 'a', scopes: 'admin' }, 'scopes'],
    [{ name: '', scopes: ['admin'] }, 'name'],
    [{ name: 'a\u0000', scopes: ['admin'] }, 'name'],
    [{ name: 'a', owner: '\ud800', scopes: ['admin'] }, 'owner'],
    [{ name: 'a', scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'a', scopes: ['admin'], expiresAt: 'never' }, 'expiresAt'],
    [{ name: 'a', scopes: ['admin'], expiresAt: '9999-12-31T23:59:59-23:59' }, 'expiresAt'],
    [{ name: 'a', scopes: ['admin'], secret: 'mine' }, ''],
    [{ scopes: ['admin'] }, 'name'],
  ]

  it.each(wrong)('is refused: %j', async (body, path) => {
    const problem = await refusal(at(), 'POST', '/v1/keys', { body })
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(problem.errors?.map((issue) => issue.path)).toContain(path)
  })

  it('is not found', async () => {
    for (const verb of ['rotate', 'revoke'])
      expect(await refusal(at(), 'POST', `/v1/keys/01KBQK6M3V8Z5W0X2Y4A6C8E9G:${verb}`)).toMatchObject({
        status: 404,
      })
  })

  it('cannot be made by a key that is no admin’s, however much it may otherwise', async () => {
    const { key } = await at().makeKey({
      scopes: ['runs:read', 'runs:write', 'runs:work'],
      projectId: unique('p'),
    })
    const body = { name: 'a', scopes: ['runs:read'] }
    expect(await refusal(at(), 'POST', '/v1/keys', { key, body })).toMatchObject({
      status: 403,
      code: 'forbidden',
    })
  })
})
