import { describe, expect, it } from 'vitest'
import { cronConfigRoutes } from '../../lib/faces/cron-config/index.ts'
import { scraperRoutes } from '../../lib/faces/scraper/index.ts'
import { scriptRoutes } from '../../lib/faces/script/index.ts'
import { scriptsRunsRoutes } from '../../lib/faces/scripts-runs/index.ts'
import type { Route } from '../../lib/http/route.ts'
import type { Scope } from '../../lib/ports/actor.ts'
import { unique } from '../support/make.ts'
import type { Sent, TestApp } from '../support/open-app.ts'
import { logStart } from './script/steps.ts'
import { enqueue, report, startOne, useApp } from './v1/steps.ts'

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
  createJob: async () => ({ name: 'A job', config: {} }),
  controlJob: async () => ({ action: 'start' }),
  holdJob: async () => ({ reason: 'an audit' }),
}

/** A run as a route needs it, where one that waits is not: of whoever asks, since what is archived is theirs. */
const RUNS: Record<string, (app: TestApp, projectId: string | null) => Promise<string>> = {
  deleteScriptRun: canceledRun,
  deleteJob: canceledRun,
  archiveJob: endedRun,
  restoreJob: archivedRun,
  downloadArchive: (app, projectId) => archivedRun(app, projectId, 'runs:read'),
}

async function canceledRun(app: TestApp, projectId: string | null): Promise<string> {
  const { id } = await enqueue(app, { projectId })
  await report(app, id, 'cancel')
  return id
}

async function endedRun(app: TestApp, projectId: string | null, by = 'runs:write'): Promise<string> {
  const { run, leaseToken } = await startOne(app, { projectId: projectId ?? unique('p') })
  const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
  await app.request('POST', `/v1/runs/${run.id}/logs`, { raw: 'a line\n', headers })
  await report(app, run.id, 'succeed', { leaseToken })
  await app.raw(`UPDATE runs SET "createdBy" = '${by}' WHERE id = '${run.id}'`)
  return run.id
}

async function archivedRun(app: TestApp, projectId: string | null, by?: string): Promise<string> {
  const id = await endedRun(app, projectId, by)
  const { status, text } = await app.request('POST', `/api/scraper/jobs/${id}/archive`)
  expect(status, text).toBe(200)
  return id
}

const QUERIES: Record<string, string> = { deleteRunsOfScript: '?scriptId=2000000000' }

/** What the path names, made anew for each request. */
const filled = async ({ path, operationId }: Route, projectId: string | null) => {
  const name = path.includes('{name}') ? await makeConfig(at()) : ''
  const make = RUNS[operationId] ?? (async () => (await enqueue(at(), { projectId })).id)
  const run = /\{(job_)?id\}/.test(path) ? await make(at(), projectId) : ''
  const query = QUERIES[operationId] ?? ''
  return path.replace('{name}', name).replace(/\{(job_)?id\}/, run) + query
}

/** A request of that route by this key, about what is of this project; what a body names was made by `maker`. */
async function ask(route: Route, key: string | null, maker = at().admin, projectId: string | null = null) {
  const body = await BODIES[route.operationId]?.(at(), maker)
  const sent: Sent = { key, ...(body ? { body } : {}) }
  const path = await filled(route, projectId)
  return at().request<{ error?: string; detail?: string }>(route.method.toUpperCase(), path, sent)
}

const nameOf = ({ method, path }: Route) => `${method.toUpperCase()} ${path}`

const ROUTES = [...scriptRoutes, ...cronConfigRoutes, ...scriptsRunsRoutes, ...scraperRoutes]

const GRANTED = [200, 201, 302]

describe.each(ROUTES.map((route) => ({ name: nameOf(route), route })))('$name', ({ route }) => {
  it('answers the admin, and a key of its scope in its project', async () => {
    expect(GRANTED).toContain((await ask(route, at().admin)).status)
    const projectId = route.scope === 'admin' ? null : unique('p')
    const { key } = await at().makeKey({ scopes: [route.scope], projectId })
    const maker = route.scope === 'runs:work' ? key : undefined
    expect(GRANTED).toContain((await ask(route, key, maker, projectId)).status)
  })

  it.each(SCOPES.filter((scope) => scope !== route.scope && scope !== 'admin'))(
    'refuses a key with nothing but %s',
    async (scope) => {
      const { key } = await at().makeKey({ scopes: [scope] })
      const { status, json } = await ask(route, key)
      expect([status, json.error ?? json.detail]).toEqual([403, expect.stringContaining(route.scope)])
    },
  )

  it('refuses whoever has no key, or none that is valid', async () => {
    const { id, key } = await at().makeKey({ scopes: [route.scope] })
    await at().request('POST', `/v1/keys/${id}:revoke`)
    for (const wrong of [null, key, `${at().admin}x`, 'nonsense']) {
      const { status, json, headers } = await ask(route, wrong)
      expect([status, json.error ?? json.detail]).toEqual([401, expect.any(String)])
      expect(headers.get('www-authenticate')).toContain('Bearer')
    }
  })
})
