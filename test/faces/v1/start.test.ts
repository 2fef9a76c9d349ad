import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { claim, enqueue, eventTypes, refusal, report, useApp } from './steps.ts'

const at = useApp()

describe('POST /v1/runs:start', () => {
  const start = (body: object, key = at().admin) =>
    at().request<{ run: Run; leaseToken: string }>('POST', '/v1/runs:start', { body, key })

  it('records a run that is running, once for its id: 201, then 200 with the same token', async () => {
    const body = { id: ulid(), kind: 'cron.backup', workerId: 'host-1', pid: 42, leaseSeconds: 90 }
    const first = await start(body)
    expect(first.status).toBe(201)
    expect(first.json.run).toMatchObject({ state: 'running', attempt: 1, maxAttempts: 1, pid: 42, fence: 1 })
    const again = await start(body)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
    expect(again.json).toEqual(first.json)
    const { json } = await report(at(), body.id, 'succeed', { leaseToken: again.json.leaseToken })
    expect(json).toMatchObject({ state: 'succeeded', maxAttempts: 1 })
    expect(await eventTypes(at(), body.id)).toEqual(['run.started', 'run.succeeded'])
  })

  it('sent 20 times at once starts it once', async () => {
    const body = { id: ulid(), kind: 'a', workerId: 'w' }
    const answers = await Promise.all(Array.from({ length: 20 }, () => start(body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
    expect(new Set(answers.map(({ json }) => json.leaseToken)).size).toBe(1)
  })

  it('with the id of another run is a conflict that tells nothing of it', async () => {
    const queued = await enqueue(at(), { kind: 'secret.kind', projectId: unique('p') })
    const { key } = await at().makeKey({ scopes: ['runs:work'], projectId: unique('mine') })
    for (const by of [at().admin, key]) {
      const body = { id: queued.id, kind: 'a', workerId: 'w' }
      const problem = await refusal(at(), 'POST', '/v1/runs:start', { body, key: by })
      expect(problem).toMatchObject({ status: 409, code: 'conflict' })
      expect(problem.text).not.toContain('secret.kind')
    }
    const started = { id: ulid(), kind: 'a', workerId: 'w' }
    await start(started)
    for (const other of [{ kind: 'b' }, { workerId: 'x' }])
      expect(await refusal(at(), 'POST', '/v1/runs:start', { body: { ...started, ...other } })).toMatchObject(
        { status: 409 },
      )
    expect(await refusal(at(), 'POST', '/v1/runs:start', { body: started, key })).toMatchObject({
      status: 409,
    })
  })

  it('is never in the queue', async () => {
    const projectId = unique('p')
    await start({ id: ulid(), kind: 'a', workerId: 'w', projectId })
    expect(await claim(at(), { projectId })).toEqual([])
  })

  it('keeps a start in the past, from which its duration counts', async () => {
    const startedAt = new Date(Date.now() - 3_600_000).toISOString()
    const { json } = await start({ id: ulid(), kind: 'a', workerId: 'w', startedAt })
    expect(json.run.startedAt).toBe(startedAt)
    const end = await report(at(), json.run.id, 'succeed', { leaseToken: json.leaseToken })
    expect(end.json.durationMs).toBeGreaterThanOrEqual(3_600_000)
  })
})
