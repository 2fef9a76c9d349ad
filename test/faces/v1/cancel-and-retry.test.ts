import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import {
  claim,
  enqueue,
  eventsOf,
  eventTypes,
  getRun,
  loseLease,
  must,
  refusal,
  report,
  startOne,
  useApp,
} from './steps.ts'

const at = useApp()

describe('cancel', () => {
  it('ends a queued run at once, so that nobody claims it', async () => {
    const projectId = unique('p')
    const { id } = await enqueue(at(), { projectId })
    const { status, json } = await report(at(), id, 'cancel', { reason: 'not needed' })
    expect(status).toBe(200)
    expect(json).toMatchObject({ state: 'canceled', error: 'not needed', startedAt: null })
    expect(await claim(at(), { projectId })).toEqual([])
    expect((await eventsOf(at(), id)).at(-1)).toMatchObject({
      type: 'run.canceled',
      data: { reason: 'not needed' },
    })
  })

  it('asks a running run to stop: its heartbeat hears of it, its failure is the cancel', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p'), maxAttempts: 3 })
    const asked = await report(at(), run.id, 'cancel')
    expect(asked.json).toMatchObject({ state: 'running' })
    expect(asked.json.cancelRequestedAt).not.toBeNull()
    const beat = await report<{ cancelRequested: boolean }>(at(), run.id, 'heartbeat', { leaseToken })
    expect(beat.json.cancelRequested).toBe(true)
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'stopped' })
    expect(json).toMatchObject({ state: 'canceled', errorCode: 'canceled' })
    expect(await eventTypes(at(), run.id)).toEqual([
      'run.enqueued',
      'run.started',
      'run.cancel_requested',
      'run.canceled',
    ])
  })

  it('comes too late for a run that succeeds all the same', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await report(at(), run.id, 'cancel')
    expect((await report(at(), run.id, 'succeed', { leaseToken })).json.state).toBe('succeeded')
  })

  it('is carried out by the sweep where the worker is gone, whatever attempts are left', async () => {
    const { run } = await startOne(at(), { projectId: unique('p'), maxAttempts: 5 })
    await report(at(), run.id, 'cancel')
    await loseLease(at(), run.id)
    expect((await getRun(at(), run.id)).state).toBe('canceled')
  })

  it('of a released run does not let it back into the queue', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    await report(at(), run.id, 'cancel')
    const { json } = await report(at(), run.id, 'fail', { leaseToken, error: 'released', retryable: true })
    expect(json.state).toBe('canceled')
  })

  it('twice is harmless: the second changes nothing', async () => {
    const queued = await enqueue(at())
    const { run } = await startOne(at(), { projectId: unique('p') })
    for (const { id } of [queued, run]) {
      const first = await report(at(), id, 'cancel', { reason: 'one' })
      const second = await report(at(), id, 'cancel', { reason: 'two' })
      expect([second.status, second.json]).toEqual([200, first.json])
    }
    expect((await eventTypes(at(), run.id)).filter((type) => type === 'run.cancel_requested')).toHaveLength(1)
  })

  it('by 20 at once is one cancel', async () => {
    const { id } = await enqueue(at())
    const answers = await Promise.all(Array.from({ length: 20 }, () => report(at(), id, 'cancel')))
    expect(answers.every(({ status, json }) => status === 200 && json.state === 'canceled')).toBe(true)
    expect(await eventTypes(at(), id)).toEqual(['run.enqueued', 'run.canceled'])
  })

  it.each(['succeed', 'fail'])(
    'of a run that has ended by %s is a conflict and changes nothing',
    async (verb) => {
      const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
      const ended = await report(at(), run.id, verb, {
        leaseToken,
        ...(verb === 'fail' ? { error: 'no' } : {}),
      })
      const problem = await refusal(at(), 'POST', `/v1/runs/${run.id}:cancel`, { body: {} })
      expect(problem).toMatchObject({
        status: 409,
        code: 'conflict',
        detail: expect.stringContaining(`has already ${ended.json.state}`),
      })
      expect(await getRun(at(), run.id)).toEqual(ended.json)
    },
  )

  it('against a claim of the same run: one of them is first', async () => {
    for (let n = 0; n < 10; n++) {
      const projectId = unique('p')
      const { id } = await enqueue(at(), { projectId })
      const [canceled, claimed] = await Promise.all([report(at(), id, 'cancel'), claim(at(), { projectId })])
      expect(canceled.status).toBe(200)
      const { state, cancelRequestedAt } = await getRun(at(), id)
      expect(state).toBe(claimed.length === 0 ? 'canceled' : 'running')
      expect(cancelRequestedAt).not.toBeNull()
    }
  })
})

describe('retry', () => {
  it('puts a failed run back into the queue with its attempts counted anew and its fence kept', async () => {
    const projectId = unique('p')
    const { run, leaseToken } = await startOne(at(), { projectId })
    await report(at(), run.id, 'fail', { leaseToken, error: 'no', exitCode: 1 })
    const { status, json } = await report(at(), run.id, 'retry', { reason: 'fixed' })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      state: 'queued',
      attempt: 0,
      fence: 1,
      error: null,
      exitCode: null,
      finishedAt: null,
    })
    const [again] = await claim(at(), { projectId })
    expect(must(again).run).toMatchObject({ id: run.id, attempt: 1, fence: 2, folderName: run.folderName })
    expect((await eventsOf(at(), run.id)).find(({ type }) => type === 'run.retried')?.data).toMatchObject({
      reason: 'fixed',
    })
  })

  it('of a canceled run forgets the cancel', async () => {
    const { id } = await enqueue(at())
    await report(at(), id, 'cancel')
    expect((await report(at(), id, 'retry')).json).toMatchObject({ state: 'queued', cancelRequestedAt: null })
  })

  it('is a conflict for a run that is queued, running, succeeded or archived', async () => {
    const queued = await enqueue(at())
    const running = await startOne(at(), { projectId: unique('p') })
    const done = await startOne(at(), { projectId: unique('p') })
    await report(at(), done.run.id, 'succeed', { leaseToken: done.leaseToken })
    const archived = await enqueue(at())
    await report(at(), archived.id, 'cancel')
    await at().raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${archived.id}'`)
    for (const [id, why] of [
      [queued.id, 'queued'],
      [running.run.id, 'running'],
      [done.run.id, 'succeeded'],
      [archived.id, 'archived'],
    ] as const) {
      const problem = await refusal(at(), 'POST', `/v1/runs/${id}:retry`, {})
      expect(problem).toMatchObject({ status: 409, code: 'conflict', detail: expect.stringContaining(why) })
    }
  })

  it('by 20 at once is one retry', async () => {
    const { id } = await enqueue(at())
    await report(at(), id, 'cancel')
    const answers = await Promise.all(Array.from({ length: 20 }, () => report(at(), id, 'retry')))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(409)])
  })
})
