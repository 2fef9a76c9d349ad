import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { getRun, must, refusal, startOne, useApp } from './steps.ts'

const ID = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'
const HALF = '\ud800'
const at = useApp()
const long = (length: number) => 'a'.repeat(length)

async function expectRefused(path: string, body: object | string, at_: string): Promise<void> {
  const problem = await refusal(at(), 'POST', path, typeof body === 'string' ? { raw: body } : { body })
  expect(problem).toMatchObject({ status: 422, code: 'invalid' })
  expect(must(problem.errors).map((issue) => issue.path)).toContain(at_)
}

describe('POST /v1/runs:claim', () => {
  const wrong: [body: object | string, path: string][] = [
    [{}, 'workerId'],
    [{ workerId: '' }, 'workerId'],
    [{ workerId: 'a\u0000' }, 'workerId'],
    [{ workerId: HALF }, 'workerId'],
    [{ workerId: long(201) }, 'workerId'],
    [{ workerId: 'w', claimId: 'a\u0000' }, 'claimId'],
    [{ workerId: 'w', claimId: HALF }, 'claimId'],
    [{ workerId: 'w', claimId: long(101) }, 'claimId'],
    [{ workerId: 'w', limit: 0 }, 'limit'],
    [{ workerId: 'w', limit: 101 }, 'limit'],
    [{ workerId: 'w', limit: '5' }, 'limit'],
    [{ workerId: 'w', leaseSeconds: 9 }, 'leaseSeconds'],
    [{ workerId: 'w', leaseSeconds: 3_601 }, 'leaseSeconds'],
    [{ workerId: 'w', waitSeconds: 26 }, 'waitSeconds'],
    [{ workerId: 'w', waitSeconds: -1 }, 'waitSeconds'],
    ['{"workerId":"w","waitSeconds":1e400}', 'waitSeconds'],
    [{ workerId: 'w', kinds: [] }, 'kinds'],
    [{ workerId: 'w', kinds: 'a' }, 'kinds'],
    [{ workerId: 'w', kinds: ['a\u0000'] }, 'kinds.0'],
    [{ workerId: 'w', kinds: Array(51).fill('a') }, 'kinds'],
    [{ workerId: 'w', projectId: ['a'] }, 'projectId'],
    [{ workerId: 'w', surprise: 1 }, ''],
  ]
  it.each(wrong)('refuses %j at "%s"', (body, path) => expectRefused('/v1/runs:claim', body, path))
})

describe('POST /v1/runs:start', () => {
  const good = { id: ID, kind: 'a', workerId: 'w' }
  const wrong: [body: object, path: string][] = [
    [{ kind: 'a', workerId: 'w' }, 'id'],
    [{ ...good, id: 'mine' }, 'id'],
    [{ ...good, id: ID.toLowerCase() }, 'id'],
    [{ ...good, workerId: `w${HALF}` }, 'workerId'],
    [{ ...good, pid: 0 }, 'pid'],
    [{ ...good, pid: 2 ** 31 }, 'pid'],
    [{ ...good, startedAt: 'now' }, 'startedAt'],
    [{ ...good, startedAt: '0000-01-01T00:00:00Z' }, 'startedAt'],
    [{ ...good, startedAt: '9999-12-31T23:59:59-23:59' }, 'startedAt'],
    [{ ...good, name: 'a\u0000' }, 'name'],
    [{ ...good, labels: { a: '\u0000' } }, 'labels'],
    [{ ...good, maxAttempts: 2 }, ''],
    [{ ...good, runAt: '2026-01-01T00:00:00Z' }, ''],
    [{ ...good, idempotencyKey: 'k' }, ''],
  ]
  it.each(wrong)('refuses %j at "%s"', (body, path) => expectRefused('/v1/runs:start', body, path))
})

describe('a report of a run', () => {
  const wrong: [verb: string, body: object, path: string][] = [
    ['heartbeat', { progress: 101 }, 'progress'],
    ['heartbeat', { progress: -1 }, 'progress'],
    ['heartbeat', { progress: '50' }, 'progress'],
    ['heartbeat', { message: long(501) }, 'message'],
    ['heartbeat', { surprise: 1 }, ''],
    ['succeed', { exitCode: 2 ** 31 }, 'exitCode'],
    ['succeed', { exitCode: 1.5 }, 'exitCode'],
    ['succeed', { outputRef: 'a\u0000' }, 'outputRef'],
    ['succeed', { outputRef: HALF }, 'outputRef'],
    ['succeed', { outputRef: long(2_001) }, 'outputRef'],
    ['succeed', { logBytes: -1 }, 'logBytes'],
    ['succeed', { logBytes: 2 ** 63 }, 'logBytes'],
    ['succeed', { finishedAt: 'soon' }, 'finishedAt'],
    ['succeed', { finishedAt: '0000-01-01T00:00:00Z' }, 'finishedAt'],
    ['succeed', { metrics: { memoryPeakBytes: -1 } }, 'metrics.memoryPeakBytes'],
    ['succeed', { metrics: { cpuSeconds: 1e308 } }, 'metrics.cpuSeconds'],
    ['succeed', { metrics: { disk: 1 } }, 'metrics'],
    ['succeed', { error: 'but it succeeded' }, ''],
    ['fail', {}, 'error'],
    ['fail', { error: '' }, 'error'],
    ['fail', { error: 'x', retryable: 'no' }, 'retryable'],
    ['fail', { error: 'x', outputRef: 'a' }, ''],
  ]

  it.each(wrong)(':%s refuses %j at "%s", and the run goes on', async (verb, body, path) => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await expectRefused(`/v1/runs/${run.id}:${verb}`, { leaseToken, ...body }, path)
    expect((await getRun(at(), run.id)).state).toBe('running')
  })

  it('with a token that is not ours, or another run’s, is refused', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const other = await startOne(at(), { projectId: unique('p') })
    const [payload = '', mac = ''] = [
      leaseToken.slice(0, leaseToken.lastIndexOf('.')),
      leaseToken.split('.').at(-1),
    ]
    const raised = payload.replace(/\.1\./, '.2.')
    const tokens = [
      '',
      'nonsense',
      '....',
      `${leaseToken}x`,
      `${payload}.`,
      `${raised}.${mac}`,
      other.leaseToken,
      '\u0000',
      HALF,
      long(301),
    ]
    for (const verb of ['heartbeat', 'succeed', 'fail'])
      for (const token of tokens) {
        const body = { leaseToken: token, ...(verb === 'fail' ? { error: 'x' } : {}) }
        await expectRefused(`/v1/runs/${run.id}:${verb}`, body, 'leaseToken')
      }
    expect((await getRun(at(), run.id)).state).toBe('running')
  })

  it('keeps text that no database keeps in another form, where it comes from a machine', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const sent = { body: { leaseToken, progress: 5, message: `a\u0000b${HALF}` } }
    expect((await at().request('POST', `/v1/runs/${run.id}:heartbeat`, sent)).status).toBe(200)
    expect((await getRun(at(), run.id)).progressMessage).toBe('a\ufffdb\ufffd')
    const error = `${long(20_000)}\u0000${HALF}`
    await at().request('POST', `/v1/runs/${run.id}:fail`, { body: { leaseToken, error } })
    const kept = must((await getRun(at(), run.id)).error)
    expect(kept.endsWith('a\ufffd\ufffd')).toBe(true)
    expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(16_384)
  })
})

describe('the place to go on from in the events', () => {
  it.each(['abc', '-1', '1.5', '1e400', '99999999999999999999', 'null', '{}'])(
    'refuses Last-Event-ID %s',
    async (id) => {
      const { run } = await startOne(at(), { projectId: unique('p') })
      const headers = { accept: 'text/event-stream', 'last-event-id': id }
      const problem = await refusal(at(), 'GET', `/v1/runs/${run.id}/events`, { headers })
      expect(problem).toMatchObject({ status: 422, code: 'invalid' })
      expect(problem.errors?.[0]?.path).toBe('after')
    },
  )

  it.each(['after=abc', 'after=-1', 'limit=0', 'limit=501', 'surprise=1', 'after=1&after=2'])(
    'refuses ?%s',
    async (query) => {
      const { run } = await startOne(at(), { projectId: unique('p') })
      expect(await refusal(at(), 'GET', `/v1/runs/${run.id}/events?${query}`)).toMatchObject({ status: 422 })
    },
  )
})
