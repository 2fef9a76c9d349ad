import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import {
  claim,
  enqueue,
  eventsOf,
  eventTypes,
  getRun,
  makeDue,
  must,
  refusal,
  report,
  startOne,
  useApp,
} from './steps.ts'

const at = useApp()

/** The next heartbeat may write at once. */
const letTimePass = (id: string) =>
  at().raw(`UPDATE runs SET "heartbeatAt" = "heartbeatAt" - interval '5 seconds' WHERE id = '${id}'`)

describe('a run', () => {
  it('goes from the queue to its end: claimed, kept alive, succeeded', async () => {
    const projectId = unique('p')
    const queued = await enqueue(at(), { projectId, kind: 'a.b', input: { n: 1 }, labels: { team: 'data' } })
    expect(queued).toMatchObject({ state: 'queued', attempt: 0, createdBy: 'admin', input: { n: 1 } })
    const [held] = await claim(at(), { projectId, leaseSeconds: 30 })
    const { run, leaseToken, leaseExpiresAt } = must(held)
    expect(run).toMatchObject({ id: queued.id, state: 'running', attempt: 1, claimedBy: 'worker-1' })
    expect(Date.parse(must(leaseExpiresAt)) - Date.parse(must(run.claimedAt))).toBe(30_000)
    await letTimePass(run.id)
    const beat = await report(at(), run.id, 'heartbeat', { leaseToken, progress: 42.7, message: 'nearly' })
    expect(beat.json).toMatchObject({ id: run.id, cancelRequested: false })
    expect(await getRun(at(), run.id)).toMatchObject({ progress: 42, progressMessage: 'nearly' })
    const end = {
      outputRef: 's3://out/1',
      exitCode: 0,
      metrics: { memoryPeakBytes: 2 ** 40, cpuSeconds: 1.5 },
      logBytes: 7,
    }
    const { status, json, headers } = await report(at(), run.id, 'succeed', { leaseToken, ...end })
    expect([status, headers.get('idempotency-replayed')]).toEqual([200, null])
    expect(json).toMatchObject({
      state: 'succeeded',
      progress: 100,
      exitCode: 0,
      outputRef: 's3://out/1',
      // What is kept is counted, not what is told.
      logBytes: 0,
    })
    expect(json).toMatchObject({ memoryPeakBytes: 2 ** 40, cpuSeconds: 1.5, leaseExpiresAt: null })
    expect(json.durationMs).toBe(Date.parse(must(json.finishedAt)) - Date.parse(must(json.startedAt)))
    expect(await eventTypes(at(), run.id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.progress',
      'run.succeeded',
    ])
    expect(await getRun(at(), run.id)).toEqual(json)
  })

  it('succeeded again by a repeat of the same report is told what it was told', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const first = await report(at(), run.id, 'succeed', { leaseToken, outputRef: 'a' })
    for (let n = 0; n < 3; n++) {
      const again = await report(at(), run.id, 'succeed', { leaseToken, outputRef: 'a' })
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
      expect(again.json).toEqual(first.json)
    }
    expect((await eventTypes(at(), run.id)).filter((type) => type === 'run.succeeded')).toHaveLength(1)
  })

  it('that has failed cannot succeed, and the other way round', async () => {
    const one = await startOne(at(), { projectId: unique('p') })
    await report(at(), one.run.id, 'fail', { leaseToken: one.leaseToken, error: 'no' })
    const late = { body: { leaseToken: one.leaseToken } }
    expect(await refusal(at(), 'POST', `/v1/runs/${one.run.id}:succeed`, late)).toMatchObject({
      status: 409,
      code: 'lease_lost',
    })
    const two = await startOne(at(), { projectId: unique('p') })
    await report(at(), two.run.id, 'succeed', { leaseToken: two.leaseToken })
    const body = { leaseToken: two.leaseToken, error: 'no' }
    expect(await refusal(at(), 'POST', `/v1/runs/${two.run.id}:fail`, { body })).toMatchObject({
      status: 409,
      code: 'lease_lost',
    })
    expect(
      await refusal(at(), 'POST', `/v1/runs/${two.run.id}:heartbeat`, {
        body: { leaseToken: two.leaseToken },
      }),
    ).toMatchObject({ status: 409, code: 'lease_lost' })
    expect([(await getRun(at(), one.run.id)).state, (await getRun(at(), two.run.id)).state]).toEqual([
      'failed',
      'succeeded',
    ])
  })

  it('completed twice at once ends one way, and both callers are told the truth', async () => {
    for (let n = 0; n < 10; n++) {
      const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
      const [won, lost] = await Promise.all([
        report(at(), run.id, 'succeed', { leaseToken }),
        report(at(), run.id, 'fail', { leaseToken, error: 'no', retryable: false }),
      ])
      const { state } = await getRun(at(), run.id)
      expect([won.status, lost.status].sort()).toEqual([200, 409])
      expect(state).toBe(won.status === 200 ? 'succeeded' : 'failed')
    }
  })
})

describe('a run that fails', () => {
  it('with attempts left waits its backoff in the queue, and is then claimed anew', async () => {
    const projectId = unique('p')
    const { run, leaseToken } = await startOne(at(), { projectId, maxAttempts: 2 })
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'flaky', exitCode: 3 })
    expect(json).toMatchObject({
      state: 'queued',
      attempt: 1,
      error: 'flaky',
      errorCode: 'error',
      exitCode: 3,
    })
    const [, , retried] = await eventsOf(at(), run.id)
    expect(retried).toMatchObject({ type: 'run.retried', data: { attempt: 1 } })
    const delayMs = must(retried).data.delayMs as number
    expect(delayMs).toBeGreaterThanOrEqual(500)
    expect(delayMs).toBeLessThanOrEqual(1_000)
    expect(Date.parse(json.runAt)).toBeGreaterThan(Date.parse(must(retried).at))
    expect(await claim(at(), { projectId })).toEqual([])
    await makeDue(at(), run.id)
    const [again] = await claim(at(), { projectId })
    expect(again?.run).toMatchObject({ id: run.id, attempt: 2, fence: 2, progress: 0 })
    const last = await report(at(), run.id, 'fail', { leaseToken: must(again).leaseToken, error: 'again' })
    expect(last.json).toMatchObject({ state: 'failed', attempt: 2, error: 'again' })
  })

  it('for good does not come back, whatever attempts are left', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p'), maxAttempts: 5 })
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'bad input', retryable: false })
    expect(json).toMatchObject({ state: 'failed', attempt: 1 })
  })

  it('told twice, also after it went back to the queue, is told what became of it', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p'), maxAttempts: 2 })
    const body = { leaseToken, error: 'flaky' }
    await report(at(), run.id, 'fail', body)
    const again = await report(at(), run.id, 'fail', body)
    expect([again.status, again.headers.get('idempotency-replayed'), again.json.state]).toEqual([
      200,
      'true',
      'queued',
    ])
  })

  it('because its worker released it costs no attempt and may be claimed at once', async () => {
    const projectId = unique('p')
    const { run, leaseToken } = await startOne(at(), { projectId })
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'released', retryable: true })
    expect(json).toMatchObject({ state: 'queued', attempt: 0, errorCode: 'released' })
    const [again] = await claim(at(), { projectId, workerId: 'worker-2' })
    expect(again?.run).toMatchObject({ id: run.id, attempt: 1, fence: 2 })
  })
})
