import { describe, expect, it } from 'vitest'
import type { Ports } from '../../lib/ports/context.ts'
import { LedgerError } from '../../lib/run/errors.ts'
import { enqueue, useApp } from '../faces/v1/steps.ts'
import { openApp, type TestApp } from '../support/open-app.ts'

const LEAK = `INSERT INTO runs (input) VALUES ('hunter2') -- at 10.0.0.7:5432`

interface Line {
  message: string
  fields: Record<string, unknown>
}

const lines: Line[] = []
let thrown: unknown

/** A store that throws what the test says, at every question of a run or a key, and a log that keeps what it is told. */
function broken(ports: Ports): Ports {
  const fail = () => Promise.reject(thrown)
  const keep = (message: string, fields: Record<string, unknown> = {}) => void lines.push({ message, fields })
  return {
    ...ports,
    runs: {
      ...ports.runs,
      insert: fail,
      get: fail,
      list: fail,
      claim: fail,
      stats: fail,
      beat: fail,
      move: fail,
    },
    log: { info: () => {}, warn: keep, error: keep },
  }
}

const at = useApp({ wrap: broken })

async function askEverything(app: TestApp) {
  const id = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
  const leaseToken = app.ports.signer.sign('lease', `${id}.1.60`)
  return Promise.all([
    app.request('POST', '/v1/runs', { body: { kind: 'a' } }),
    app.request('POST', '/v1/runs:batch', { body: { runs: [{ kind: 'a' }] } }),
    app.request('GET', `/v1/runs/${id}`),
    app.request('GET', '/v1/runs'),
    app.request('GET', '/v1/stats'),
    app.request('GET', `/v1/runs/${id}/events`),
    app.request('GET', `/v1/runs/${id}/events`, { headers: { accept: 'text/event-stream' } }),
    app.request('POST', '/v1/runs:claim', { body: { workerId: 'w' } }),
    app.request('POST', '/v1/runs:claim', { body: { workerId: 'w', waitSeconds: 5 } }),
    app.request('POST', `/v1/runs/${id}:cancel`),
    app.request('POST', `/v1/runs/${id}:heartbeat`, { body: { leaseToken } }),
    app.request('POST', `/v1/runs/${id}:succeed`, { body: { leaseToken } }),
    app.request('POST', '/v1/runs:complete', { body: { runs: [{ outcome: 'succeeded', leaseToken }] } }),
  ])
}

describe('an error that is not ours', () => {
  it.each([
    new Error(LEAK),
    Object.assign(new Error(LEAK), { code: '23505', status: 200 }),
    new TypeError(LEAK),
    Object.assign(new Error(LEAK), { name: 'HTTPException', getResponse: () => new Response(LEAK) }),
  ])('leaves as "internal error" and the id under which the log has it whole: %s', async (error) => {
    thrown = error
    lines.length = 0
    for (const { status, json, text, headers } of await askEverything(at())) {
      expect(status).toBe(500)
      expect(json).toMatchObject({ code: 'internal', title: 'Internal error' })
      expect(json.detail).toContain(headers.get('x-request-id'))
      expect(text).not.toMatch(/hunter2|INSERT|10\.0\.0\.7|node_modules|at /)
      const line = lines.find(({ fields }) => fields.requestId === headers.get('x-request-id'))
      expect(line?.fields.error).toBe(error)
    }
  })
})

describe('a database that cannot be reached', () => {
  it('is 503 with the time after which to try again', async () => {
    thrown = new LedgerError(
      'unavailable',
      'the database cannot be reached right now; try again in a few seconds',
      {
        retryAfterSeconds: 5,
        cause: new Error(LEAK),
      },
    )
    lines.length = 0
    for (const { status, json, text, headers } of await askEverything(at())) {
      expect([status, headers.get('retry-after')]).toEqual([503, '5'])
      expect(json).toMatchObject({ code: 'unavailable' })
      expect(text).not.toContain('hunter2')
      expect(lines.some(({ fields }) => fields.requestId === headers.get('x-request-id'))).toBe(true)
    }
  })

  it('is 503 also where it is the first thing that is asked: who the key belongs to', async () => {
    const away = new LedgerError('unavailable', 'away', { retryAfterSeconds: 5 })
    const app = await openApp({
      wrap: (ports) => ({ ...ports, keys: { ...ports.keys, find: () => Promise.reject(away) } }),
    })
    const { status, headers } = await app.request('GET', '/v1/runs', {
      key: `rl_${'a'.repeat(26)}_${'b'.repeat(43)}`,
    })
    expect([status, headers.get('retry-after')]).toEqual([503, '5'])
    await app.close()
  })
})

describe('errors that are ours', () => {
  const statuses: [code: LedgerError['code'], status: number][] = [
    ['not_found', 404],
    ['invalid', 422],
    ['conflict', 409],
    ['lease_lost', 409],
    ['needs_approval', 409],
    ['unauthorized', 401],
    ['forbidden', 403],
    ['too_large', 413],
    ['limited', 429],
    ['unavailable', 503],
  ]

  it.each(statuses)('%s leave as %i, with their sentence and their faults', async (code, status) => {
    const issues = [{ path: 'a.b', message: 'must be c' }]
    thrown = new LedgerError(code, 'a sentence that helps', { issues, retryAfterSeconds: 7 })
    const answer = await at().request('GET', '/v1/runs')
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({
      type: `/docs#${code}`,
      detail: 'a sentence that helps',
      code,
      errors: issues,
    })
    expect(answer.headers.get('retry-after')).toBe('7')
  })
})

describe('a stream of events', () => {
  it('whose database goes away ends, tells the log why and the reader nothing', async () => {
    lines.length = 0
    let calls = 0
    const app = await openApp({
      wrap: (ports) => {
        const flaky = broken(ports)
        const events: Ports['runs']['events'] = (...args) =>
          ++calls === 1 ? ports.runs.events(...args) : Promise.reject(new Error(LEAK))
        return { ...flaky, runs: { ...ports.runs, events } }
      },
    })
    const { id } = await enqueue(app)
    const headers = { authorization: `Bearer ${app.admin}`, accept: 'text/event-stream' }
    const response = await app.app.request(`/v1/runs/${id}/events`, { headers })
    const text = await response.text()
    expect(text).toContain('run.enqueued')
    expect(text).not.toContain('hunter2')
    const requestId = response.headers.get('x-request-id')
    expect(lines.find(({ fields }) => fields.requestId === requestId)?.fields.error).toBeInstanceOf(Error)
    await app.close()
  })
})

describe('ports that cannot be opened', () => {
  it('are 503 with the reason, and health and documentation answer all the same', async () => {
    const { createApp } = await import('../../lib/app.ts')
    const refusal = new LedgerError(
      'unavailable',
      'this server is not configured right: see DATABASE_URL in its log',
    )
    const app = createApp({
      openPorts: () => Promise.reject(refusal),
      newId: () => 'id',
      cronSecret: undefined,
    })
    const answer = await app.request('/v1/runs', { headers: { authorization: 'Bearer x' } })
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('DATABASE_URL') })
    for (const path of ['/healthz', '/docs', '/v1/openapi.json'])
      expect((await app.request(path)).status).toBe(200)
  })
})
