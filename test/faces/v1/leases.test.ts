import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import {
  claim,
  eventTypes,
  getRun,
  loseLease,
  makeDue,
  must,
  refusal,
  report,
  startOne,
  useApp,
} from './steps.ts'

const at = useApp()

describe('a worker that was silent for too long', () => {
  it('finds that its run was swept and claimed again: every report is lease_lost', async () => {
    const projectId = unique('p')
    const late = await startOne(at(), { projectId, maxAttempts: 3 })
    const { id } = late.run
    await loseLease(at(), id)
    expect(await getRun(at(), id)).toMatchObject({ state: 'queued', attempt: 1, errorCode: 'lost' })
    await makeDue(at(), id)
    const [now] = await claim(at(), { projectId, workerId: 'worker-2' })
    expect(now?.run).toMatchObject({ id, attempt: 2, fence: 2 })
    for (const [verb, more] of [
      ['succeed', {}],
      ['fail', { error: 'no' }],
      ['heartbeat', { progress: 90 }],
    ] as const) {
      const body = { leaseToken: late.leaseToken, ...more }
      const problem = await refusal(at(), 'POST', `/v1/runs/${id}:${verb}`, { body })
      expect(problem).toMatchObject({ status: 409, code: 'lease_lost' })
    }
    expect(await getRun(at(), id)).toMatchObject({ state: 'running', claimedBy: 'worker-2', progress: 0 })
    expect((await report(at(), id, 'succeed', { leaseToken: must(now).leaseToken })).json.attempt).toBe(2)
    expect(
      await refusal(at(), 'POST', `/v1/runs/${id}:succeed`, { body: { leaseToken: late.leaseToken } }),
    ).toMatchObject({ code: 'lease_lost' })
  })

  it('finds that its run waits in the queue: it may not complete it from there', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p'), maxAttempts: 2 })
    await loseLease(at(), run.id)
    expect(await refusal(at(), 'POST', `/v1/runs/${run.id}:succeed`, { body: { leaseToken } })).toMatchObject(
      { code: 'lease_lost' },
    )
    expect((await getRun(at(), run.id)).state).toBe('queued')
  })

  it('may still tell the truth of a run that only its lease made fail', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await loseLease(at(), run.id)
    expect(await getRun(at(), run.id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
    const { json } = await report(at(), run.id, 'succeed', { leaseToken, outputRef: 'a' })
    expect(json).toMatchObject({
      state: 'succeeded',
      errorCode: null,
      error: null,
      progress: 100,
      outputRef: 'a',
    })
    expect(await eventTypes(at(), run.id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.lost',
      'run.failed',
      'run.recovered',
      'run.succeeded',
    ])
    const again = await report(at(), run.id, 'succeed', { leaseToken, outputRef: 'a' })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })

  it('may tell of such a run that it failed, and why', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await loseLease(at(), run.id)
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'disk full', exitCode: 28 })
    expect(json).toMatchObject({ state: 'failed', errorCode: 'error', error: 'disk full', exitCode: 28 })
  })

  it('may not once somebody has retried it', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await loseLease(at(), run.id)
    await report(at(), run.id, 'retry', {})
    expect(await refusal(at(), 'POST', `/v1/runs/${run.id}:succeed`, { body: { leaseToken } })).toMatchObject(
      { code: 'lease_lost' },
    )
    expect((await getRun(at(), run.id)).state).toBe('queued')
  })

  it('keeps its run for as long as nobody has swept it', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await at().raw(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 minute' WHERE id = '${run.id}'`)
    expect((await report(at(), run.id, 'succeed', { leaseToken })).json.state).toBe('succeeded')
  })
})

describe('a heartbeat', () => {
  it('extends the lease by its own length', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') }, { leaseSeconds: 600 })
    await at().raw(
      `UPDATE runs SET "heartbeatAt" = "heartbeatAt" - interval '5 seconds', "leaseExpiresAt" = now() WHERE id = '${run.id}'`,
    )
    const { json } = await at().request<{ leaseExpiresAt: string }>('POST', `/v1/runs/${run.id}:heartbeat`, {
      body: { leaseToken },
    })
    const { heartbeatAt } = await getRun(at(), run.id)
    expect(Date.parse(json.leaseExpiresAt) - Date.parse(must(heartbeatAt))).toBe(600_000)
  })

  it('of a token signed with another secret is refused', async () => {
    const { run } = await startOne(at(), { projectId: unique('p') })
    const forged = `${run.id}.1.60.${Buffer.from('x'.repeat(32)).toString('base64url')}`
    const problem = await refusal(at(), 'POST', `/v1/runs/${run.id}:heartbeat`, {
      body: { leaseToken: forged },
    })
    expect(problem).toMatchObject({ status: 422, errors: [{ path: 'leaseToken' }] })
  })
})
