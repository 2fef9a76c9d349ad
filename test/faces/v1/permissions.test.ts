import { describe, expect, it } from 'vitest'
import { v1Routes } from '../../../lib/faces/v1/index.ts'
import type { Route } from '../../../lib/http/route.ts'
import type { Scope } from '../../../lib/ports/actor.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { useApp } from './steps.ts'
import { validRequest } from './valid-requests.ts'

const SCOPES: Scope[] = ['runs:read', 'runs:write', 'runs:work', 'admin']
const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`
const at = useApp()

/** A valid request of the route by this key. */
async function ask(app: TestApp, route: Route, key: string | null, projectId = unique('p')) {
  const { path, sent } = await validRequest(app, route, projectId)
  return app.request(route.method.toUpperCase(), path, { ...sent, key })
}

describe.each(v1Routes.map((route) => ({ name: nameOf(route), route })))('$name', ({ route }) => {
  it('answers the admin', async () => {
    const { status, text } = await ask(at(), route, at().admin)
    expect(status, text).toBeLessThan(400)
  })

  it('answers a key of its scope and project', async () => {
    const projectId = unique('p')
    const { key } = await at().makeKey({
      scopes: [route.scope],
      projectId: route.scope === 'admin' ? null : projectId,
    })
    const { status, text } = await ask(at(), route, key, projectId)
    expect(status, text).toBeLessThan(400)
  })

  it.each(SCOPES.filter((scope) => scope !== route.scope && scope !== 'admin'))(
    'refuses a key with nothing but %s',
    async (scope) => {
      const { key } = await at().makeKey({ scopes: [scope] })
      const { status, json } = await ask(at(), route, key)
      expect({ status, code: json.code }).toEqual({ status: 403, code: 'forbidden' })
      expect(json.detail).toContain(route.scope)
    },
  )

  it('refuses whoever has no key, or none that is valid, in the same words', async () => {
    const app = at()
    const scopes: Scope[] = [route.scope]
    const revoked = await app.makeKey({ scopes })
    await app.request('POST', `/v1/keys/${revoked.id}:revoke`)
    const expired = await app.makeKey({ scopes, expiresAt: new Date(Date.now() + 60_000).toISOString() })
    await app.raw(`UPDATE api_keys SET "expiresAt" = now() - interval '1 second' WHERE id = '${expired.id}'`)
    const rotated = await app.makeKey({ scopes })
    await app.request('POST', `/v1/keys/${rotated.id}:rotate`)
    const good = await app.makeKey({ scopes })
    const wrong = [revoked.key, expired.key, rotated.key, `${good.key}x`, good.key.slice(0, -1)]
    const unknown = good.key.replace(good.id, revoked.id)
    const { path, sent } = await validRequest(app, route, unique('p'))
    const details = new Set()
    for (const key of [...wrong, unknown, 'rl_', 'nonsense', `rl_${good.id}_`, `${app.admin}x`]) {
      const { status, json, headers } = await app.request(route.method.toUpperCase(), path, { ...sent, key })
      expect(status, key).toBe(401)
      expect(headers.get('www-authenticate')).toContain('Bearer')
      details.add(json.detail)
    }
    expect(details.size).toBe(1)
  })

  it('refuses a header that is no bearer key', async () => {
    const app = at()
    const { path, sent } = await validRequest(app, route, unique('p'))
    const method = route.method.toUpperCase()
    expect((await app.request(method, path, { ...sent, key: null })).status).toBe(401)
    for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${btoa('a:b')}`, app.admin, 'Bearer a b']) {
      const { status } = await app.request(method, path, { ...sent, key: null, headers: { authorization } })
      expect(status, authorization).toBe(401)
    }
  })
})

describe('the key of one project', () => {
  const ofOneThing = v1Routes.filter(
    ({ path, scope }) => path.startsWith('/v1/runs/{id}') && scope !== 'admin',
  )

  it.each(ofOneThing.map((route) => ({ name: nameOf(route), route })))(
    'finds no run of another at $name, and changes nothing',
    async ({ route }) => {
      const app = at()
      const projectId = unique('theirs')
      const { key } = await app.makeKey({ scopes: [route.scope], projectId: unique('mine') })
      const { path, sent } = await validRequest(app, route, projectId)
      const [before] = await app.raw(`SELECT * FROM runs WHERE "projectId" = '${projectId}'`)
      const { status, json } = await app.request(route.method.toUpperCase(), path, { ...sent, key })
      expect({ status, code: json.code }).toEqual({ status: 404, code: 'not_found' })
      expect(await app.raw(`SELECT * FROM runs WHERE "projectId" = '${projectId}'`)).toEqual([before])
    },
  )

  it.each(['heartbeatRuns', 'completeRuns'])(
    'finds no run of another in a batch of %s',
    async (operationId) => {
      const app = at()
      const route = v1Routes.find((one) => one.operationId === operationId) as Route
      const { key } = await app.makeKey({ scopes: ['runs:work'], projectId: unique('mine') })
      const { path, sent } = await validRequest(app, route, unique('theirs'))
      const { status, json } = await app.request('POST', path, { ...sent, key })
      expect(status).toBe(200)
      expect(json.data).toMatchObject([{ status: 404, problem: { code: 'not_found' } }])
    },
  )

  it.each(['enqueueRun', 'startRun', 'claimRuns', 'listRuns', 'getStats'])(
    'may not name another in %s',
    async (operationId) => {
      const app = at()
      const route = v1Routes.find((one) => one.operationId === operationId) as Route
      const projectId = unique('theirs')
      const { key } = await app.makeKey({ scopes: [route.scope], projectId: unique('mine') })
      const { path, sent } = await validRequest(app, route, projectId)
      const { status, json } = await app.request(route.method.toUpperCase(), path, { ...sent, key })
      expect({ status, code: json.code }).toEqual({ status: 403, code: 'forbidden' })
      expect(await app.raw(`SELECT id FROM runs WHERE "projectId" = '${projectId}'`)).toEqual([])
    },
  )

  it('may not name null either, which is the system’s', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:write', 'runs:work'], projectId: unique('mine') })
    const body = { kind: 'a', projectId: null, workerId: 'w', id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }
    const enqueued = await at().request('POST', '/v1/runs', { key, body: { kind: 'a', projectId: null } })
    const started = await at().request('POST', '/v1/runs:start', { key, body })
    expect([enqueued.status, started.status]).toEqual([403, 403])
  })
})
