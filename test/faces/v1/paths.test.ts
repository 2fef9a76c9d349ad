import { describe, expect, it } from 'vitest'
import { createCronApp } from '../../../lib/cron/cron-face.ts'
import { v1Routes } from '../../../lib/faces/v1/index.ts'
import { CRON_SECRET } from '../../support/open-app.ts'
import { enqueue, useApp } from './steps.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const OPEN = ['/', '/admin/sign-in', '/docs', '/healthz', '/v1/openapi.json']
/** What is below it is signed instead: test/faces/objects.test.ts. */
const SIGNED = '/objects/*'
/** Nothing is below it but pages, each of which asks for a session: test/faces/admin/sessions.test.ts. */
const PAGES = '/admin/*'
/** Nothing is below it but errors in the words of its face. */
const OLDER = ['/script/*', '/cron-config/*', '/scripts/runs/*', '/api/scraper/*']
const at = useApp()

/** Every path the app answers at, as it is registered, with an id in the place of its parameter. */
function registered(): { method: string; path: string }[] {
  return at()
    .app.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => ({
      method,
      path: path.replaceAll(/:\w+\{\[\^\/:\]\+(:\w+)?\}/g, `${ID}$1`).replace(':path{.+}', 'a/b'),
    }))
}

describe('without a credential', () => {
  it('nothing answers but health, the documentation and the way to it', async () => {
    const answered = new Set<string>()
    for (const { method, path } of registered()) {
      expect(path).not.toContain('{')
      const { status, headers } = await at().app.request(path, { method })
      const isAsked = status === 303 && headers.get('location')?.startsWith('/admin/sign-in?')
      if (status !== 401 && !isAsked) answered.add(path)
    }
    expect([...answered].sort()).toEqual(OPEN)
    expect(registered().length).toBeGreaterThanOrEqual(v1Routes.length + OPEN.length + 1)
  })

  it('no more than what is signed answers below a path', async () => {
    const patterns = at().app.routes.map(({ path }) => path)
    expect(new Set(patterns.filter((path) => path.includes('*')))).toEqual(
      new Set(['/*', SIGNED, PAGES, ...OLDER]),
    )
    for (const pattern of OLDER)
      expect((await at().app.request(pattern.replace('*', 'a/b/c'))).status).toBe(404)
    for (const method of ['GET', 'HEAD', 'PUT'])
      expect((await at().app.request('/objects/any.thing', { method })).status).toBe(403)
  })

  it('nothing is there below /objects where another server keeps the objects', async () => {
    const elsewhere = await at().another({
      wrap({ objects: { answer: _, ...objects }, ...ports }) {
        return { ...ports, objects }
      },
    })
    for (const method of ['GET', 'PUT']) {
      const { status, json } = await elsewhere.request(method, '/objects/any.thing', { key: null })
      expect({ status, code: json.code }).toEqual({ status: 404, code: 'not_found' })
    }
  })

  it('a body is not read before the key is known', async () => {
    const { status } = await at().request('POST', '/v1/runs', { key: null, raw: '{' })
    expect(status).toBe(401)
  })

  it('the root leads to the dashboard', async () => {
    const { status, headers } = await at().request('GET', '/', { key: null })
    expect([status, headers.get('location')]).toEqual([302, '/admin'])
  })
})

describe('a path that is not there', () => {
  const unknown = [
    ['POST', `/v1/runs/${ID}:explode`],
    ['POST', '/v1/runs:explode'],
    ['GET', '/v1/runs:explode'],
    ['POST', `/v1/runs/${ID}:`],
    ['POST', `/v1/runs/${ID}:cancel:retry`],
    ['POST', `/v1/runs/${ID}:cancelled`],
    ['POST', `/v1/runs/${ID}/cancel`],
    ['POST', `/v1/runs/${ID}:cancel/`],
    ['POST', '/v1/runs/:cancel'],
    ['POST', `/v1/keys/${ID}:explode`],
    ['GET', `/v1/runs/${ID}/nothing`],
    ['POST', `/v1/runs/${ID}/outputs:explode`],
    ['POST', `/v1/runs/${ID}/outputs:commit/`],
    ['GET', `/v1/runs/${ID}/outputs/`],
    ['GET', '/v1/runs/'],
    ['GET', '//v1/runs'],
    ['GET', '/V1/runs'],
    ['GET', '/v1'],
    ['GET', '/v2/runs'],
    ['GET', '/api/cron/nothing'],
    ['GET', '/docs/../../etc/passwd'],
    ['POST', '/healthz/'],
    ['PATCH', '/nothing'],
    ['GET', '/healthz/x'],
  ]

  it.each(unknown)('%s %s is 404', async (method, path) => {
    const { status, json } = await at().request(method, path)
    expect({ status, code: json.code }).toEqual({ status: 404, code: 'not_found' })
    expect(json.detail).toContain('/docs')
  })
})

describe('a method that a path does not take', () => {
  const wrong = [
    ['DELETE', '/v1/runs', 'GET, POST'],
    ['PATCH', `/v1/runs/${ID}`, 'GET'],
    ['POST', `/v1/runs/${ID}`, 'GET'],
    ['GET', `/v1/runs/${ID}:cancel`, 'POST'],
    ['GET', '/v1/runs:claim', 'POST'],
    ['PUT', `/v1/runs/${ID}/events`, 'GET'],
    ['GET', `/v1/runs/${ID}/outputs:commit`, 'POST'],
    ['POST', `/v1/runs/${ID}/outputs/a:commit`, 'GET'],
    ['PUT', `/v1/runs/${ID}/outputs/a/b`, 'GET'],
    ['POST', '/v1/stats', 'GET'],
    ['OPTIONS', '/v1/keys', 'GET, POST'],
    ['POST', '/', 'GET'],
    ['POST', '/healthz', 'GET'],
    ['DELETE', '/docs', 'GET'],
    ['PUT', '/v1/openapi.json', 'GET'],
    ['POST', '/api/cron/tick', 'GET'],
    ['QUERY', '/healthz', 'GET'],
  ]

  it.each(wrong)('%s %s is 405 and says %s', async (method, path, allow) => {
    const { status, headers, json } = await at().request(method, path)
    expect([status, headers.get('allow')]).toEqual([405, allow])
    expect(json.detail).toContain(path)
  })

  it('is 405 for every path of every face', async () => {
    for (const { path } of registered()) {
      const { status, headers } = await at().request('PATCH', path)
      expect(status).toBe(405)
      expect(headers.get('allow')).toBeTruthy()
    }
  })

  it('HEAD is a GET without its body', async () => {
    const { id } = await enqueue(at())
    const { status, text, headers } = await at().request('HEAD', `/v1/runs/${id}`)
    expect([status, text]).toEqual([200, ''])
    expect(headers.get('etag')).toBeTruthy()
  })
})

describe('/api/cron/tick', () => {
  it('works for whoever knows the secret, as often as it is called', async () => {
    const ask = () => at().request('GET', '/api/cron/tick', { key: CRON_SECRET })
    for (const { status, json } of await Promise.all([ask(), ask(), ask()])) {
      expect(status).toBe(200)
      expect(json).toMatchObject({ success: true, data: { more: false, cron: { overdue: null } } })
    }
  })

  it('refuses everyone else, the admin too', async () => {
    for (const key of [null, at().admin, `${CRON_SECRET}x`, ''])
      expect((await at().request('GET', '/api/cron/tick', { key })).status).toBe(401)
  })

  it('in a function of its own says as much of other paths and methods', async () => {
    const { ports } = at()
    const app = createCronApp({ openPorts: async () => ports, newId: ports.newId, cronSecret: CRON_SECRET })
    const wrong = await app.request('/api/cron/tick', { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET'])
    const unknown = await app.request('/api/cron/tock')
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect(await unknown.json()).toMatchObject({
      code: 'not_found',
      requestId: unknown.headers.get('x-request-id'),
    })
  })

  it('is closed to all while there is no secret', async () => {
    const closed = await at().another({ cronSecret: undefined })
    for (const key of [null, closed.admin, CRON_SECRET, 'undefined', '']) {
      const { status, json } = await closed.request('GET', '/api/cron/tick', { key })
      expect(status).toBe(503)
      expect(json.detail).toContain('CRON_SECRET')
    }
  })
})
