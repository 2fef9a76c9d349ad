import { beforeEach, describe, expect, it } from 'vitest'
import { pinoLog } from '../../lib/log/pino-log.ts'
import type { Ports } from '../../lib/ports/context.ts'
import { claim, enqueue, report, startOne, useApp } from '../faces/v1/steps.ts'
import { unique } from '../support/make.ts'
import { CRON_SECRET } from '../support/open-app.ts'

const PLANTED = 'planted-in-an-input'

let lines: string[] = []
const said = () => lines.map((line) => JSON.parse(line))
const log = pinoLog((line) => lines.push(line), Date.now, 'info')
beforeEach(() => {
  lines = []
})

describe('the line of a request', () => {
  const at = useApp({ wrap: (ports) => ({ ...ports, log }) })

  it('has its id, what was asked, how it was answered and how long it took', async () => {
    const { headers } = await at().request('GET', '/v1/runs?kind=a')
    expect(said()).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        level: 'info',
        message: 'request',
        requestId: headers.get('x-request-id'),
        method: 'GET',
        path: '/v1/runs',
        status: 200,
        durationMs: expect.any(Number),
      },
    ])
  })

  it('names the run that it is about, whatever becomes of it', async () => {
    const { id } = await enqueue(at())
    lines = []
    await at().request('GET', `/v1/runs/${id}`)
    await at().request('GET', `/v1/runs/${id}/events`)
    await at().request('GET', `/v1/runs/${id}`, { key: null })
    await at().request('POST', `/v1/runs/${id}:cancel`)
    await at().request('POST', `/v1/runs/${id}:retry`)
    await at().request('POST', `/v1/runs/${id}:retry`)
    expect(said().map(({ runId, status }) => [runId, status])).toEqual(
      [200, 200, 401, 200, 200, 409].map((status) => [id, status]),
    )
  })

  it('names no run where the path names none: lists, keys, what is no id', async () => {
    const key = await at().makeKey({ scopes: ['runs:read'] })
    lines = []
    await at().request('GET', '/v1/runs')
    await at().request('POST', `/v1/keys/${key.id}:rotate`)
    await at().request('GET', '/v1/runs/no-id')
    await at().request('GET', '/healthz')
    expect(said().map((line) => [line.message, line.runId])).toEqual(Array(4).fill(['request', undefined]))
  })

  it.each(['/objects/bearer.signed', '/%6Fbjects/bearer.signed', '/objects/a/bearer'])(
    'has nothing of what a signed URL lets its bearer do: %s',
    async (path) => {
      await at().request('GET', path)
      expect(said()).toMatchObject([{ message: 'request', path: '/objects/…' }])
      expect(lines.join('')).not.toContain('bearer')
    },
  )

  it('has nothing of an input, nor has any other', async () => {
    const projectId = unique('p')
    const input = { note: PLANTED }
    const { run, leaseToken } = await startOne(at(), { projectId, input, maxAttempts: 2 })
    await report(at(), run.id, 'heartbeat', { leaseToken, progress: 5 })
    await report(at(), run.id, 'fail', { leaseToken, error: 'x', retryable: true })
    await claim(at(), { projectId })
    await at().request('POST', '/v1/runs', { body: { kind: 'a', input, nonsense: PLANTED } })
    await at().request('POST', '/v1/runs', { raw: `{"kind":"a","input":"${PLANTED}` })
    await at().request('POST', '/v1/runs:batch', { body: { runs: [{ kind: '', input }] } })
    expect(lines.length).toBeGreaterThan(6)
    expect(lines.join('')).not.toContain(PLANTED)
    expect(lines.join('')).not.toContain(leaseToken)
  })
})

describe('what goes wrong within a request', () => {
  let broken = new Error('broken')
  const fail = () => Promise.reject(broken)
  const at = useApp({
    wrap: (ports: Ports) => ({
      ...ports,
      log,
      runs: { ...ports.runs, get: fail, lapsed: fail },
      work: { outstanding: fail },
      keys: { ...ports.keys, touch: fail },
    }),
  })

  it('is logged with the ids of the request and of the run', async () => {
    const { id } = await enqueue(at())
    lines = []
    broken = Object.assign(new Error('broken'), {
      detail: `Failing row contains (${PLANTED})`,
      run: { input: PLANTED },
    })
    const { status, headers } = await at().request('GET', `/v1/runs/${id}`)
    expect(status).toBe(500)
    const ids = { requestId: headers.get('x-request-id'), runId: id }
    expect(said()).toMatchObject([
      {
        level: 'error',
        message: 'broken',
        ...ids,
        error: { detail: '[redacted]', run: { input: '[redacted]' } },
      },
      { level: 'info', message: 'request', ...ids, status: 500 },
    ])
  })

  it('is logged with the id of the request where a verb goes on without it', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:work'] })
    lines = []
    const { headers } = await at().request('POST', '/v1/runs:claim', { key, body: { workerId: 'w' } })
    const requestId = headers.get('x-request-id')
    expect(said()).toMatchObject([
      { level: 'warn', message: 'could not note the use of a key', requestId, error: { message: 'broken' } },
      { level: 'warn', message: expect.stringContaining('what claims see to was not done'), requestId },
      { message: 'request', requestId, status: 200 },
    ])
  })

  it('is logged with the id of the request of the platform’s cron', async () => {
    const { headers } = await at().request('GET', '/api/cron/tick', { key: CRON_SECRET })
    const requestId = headers.get('x-request-id')
    expect(said()).toMatchObject([
      { level: 'error', message: 'broken', requestId },
      { message: 'request', requestId, status: 500 },
    ])
  })
})
