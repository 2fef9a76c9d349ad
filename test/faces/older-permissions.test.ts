import { describe, expect, it } from 'vitest'
import { cronConfigRoutes } from '../../lib/faces/cron-config/index.ts'
import { scriptRoutes } from '../../lib/faces/script/index.ts'
import type { Route } from '../../lib/http/route.ts'
import type { Scope } from '../../lib/ports/actor.ts'
import { unique } from '../support/make.ts'
import type { Sent, TestApp } from '../support/open-app.ts'
import { logStart } from './script/steps.ts'
import { useApp } from './v1/steps.ts'

const SCOPES: Scope[] = ['runs:read', 'runs:write', 'runs:work', 'admin']
const at = useApp()

const makeConfig = async (app: TestApp) => {
  const name = unique('job')
  const { status } = await app.request('POST', '/cron-config', { body: { name, schedule: '0 4 * * *' } })
  expect(status).toBe(200)
  return name
}

/** A body of each route that takes one, for which only who asks decides the answer. */
const BODIES: Record<string, (app: TestApp, key: string) => Promise<object>> = {
  startScriptLog: async () => ({ scriptName: 'a' }),
  updateScriptLog: async (app, key) => ({
    scriptName: 'a',
    logId: await logStart(app, 'a', { key }),
    status: 0,
  }),
  runScript: async () => ({ scriptName: 'a', status: 1 }),
  createCronConfig: async () => ({ name: unique('job'), schedule: '0 4 * * *' }),
  updateCronConfig: async () => ({ description: 'Another' }),
  enableCronConfig: async () => ({ enabled: false }),
  validateCronExpression: async () => ({ expression: '0 4 * * *' }),
}

/** A request of that route by this key; what it is about was made by `maker`. */
async function ask(route: Route, key: string | null, maker = at().admin) {
  const body = await BODIES[route.operationId]?.(at(), maker)
  const sent: Sent = { key, ...(body ? { body } : {}) }
  const path = route.path.includes('{name}')
    ? route.path.replace('{name}', await makeConfig(at()))
    : route.path
  return at().request<{ success: boolean; error: string }>(route.method.toUpperCase(), path, sent)
}

const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`

const ROUTES = [...scriptRoutes, ...cronConfigRoutes]

describe.each(ROUTES.map((route) => ({ name: nameOf(route), route })))('$name', ({ route }) => {
  it('answers the admin, and a key of its scope in its project', async () => {
    expect((await ask(route, at().admin)).status).toBe(200)
    const projectId = route.scope === 'admin' ? null : unique('p')
    const { key } = await at().makeKey({ scopes: [route.scope], projectId })
    expect((await ask(route, key, route.scope === 'runs:work' ? key : undefined)).status).toBe(200)
  })

  it.each(SCOPES.filter((scope) => scope !== route.scope && scope !== 'admin'))(
    'refuses a key with nothing but %s',
    async (scope) => {
      const { key } = await at().makeKey({ scopes: [scope] })
      const { status, json } = await ask(route, key)
      expect([status, json.error]).toEqual([403, expect.stringContaining(route.scope)])
    },
  )

  it('refuses whoever has no key, or none that is valid', async () => {
    const { id, key } = await at().makeKey({ scopes: [route.scope] })
    await at().request('POST', `/v1/keys/${id}:revoke`)
    for (const wrong of [null, key, `${at().admin}x`, 'nonsense']) {
      const { status, json, headers } = await ask(route, wrong)
      expect([status, json.success]).toEqual([401, false])
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
  })
})
