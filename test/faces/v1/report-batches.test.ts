import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import type { Run } from '../../../lib/run/run.ts'
import { unique } from '../../support/make.ts'
import { claim, enqueueMany, eventTypes, getRun, must, refusal, startOne, useApp } from './steps.ts'

interface Item {
  status: number
  id?: string
  run?: Run
  cancelRequested?: boolean
  problem?: Problem
}

const at = useApp()
const GONE = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

async function send(verb: 'heartbeat' | 'complete', runs: unknown[]): Promise<Item[]> {
  const { status, json, text } = await at().request<{ data: Item[] }>('POST', `/v1/runs:${verb}`, {
    body: { runs },
  })
  expect(status, text).toBe(200)
  expect(json.data).toHaveLength(runs.length)
  return json.data
}

const start = () => startOne(at(), { projectId: unique('p'), maxAttempts: 2 })
const outcomes = (items: Item[]) =>
  items.map(({ status, problem, run }) => problem?.code ?? run?.state ?? status)

/** A token of ours for a run that is not there. */
const tokenOfNothing = () => at().ports.signer.sign('lease', `${GONE}.1.60`)

describe('POST /v1/runs:complete', () => {
  it('answers each for itself, in order', async () => {
    const [one, two, three, four, five] = await Promise.all([start(), start(), start(), start(), start()])
    await at().request('POST', `/v1/runs/${four.run.id}:cancel`)
    await send('complete', [{ outcome: 'succeeded', leaseToken: five.leaseToken }])
    const items = await send('complete', [
      { outcome: 'succeeded', leaseToken: one.leaseToken },
      { outcome: 'failed', leaseToken: two.leaseToken, error: 'flaky' },
      { outcome: 'failed', leaseToken: three.leaseToken, error: 'broken', retryable: false },
      { outcome: 'failed', leaseToken: four.leaseToken, error: 'stopped' },
      { outcome: 'succeeded', leaseToken: five.leaseToken },
      { outcome: 'failed', leaseToken: five.leaseToken, error: 'late' },
      { outcome: 'succeeded', leaseToken: 'nonsense' },
      { outcome: 'succeeded', leaseToken: tokenOfNothing() },
      { outcome: 'succeeded', leaseToken: one.leaseToken, id: two.run.id },
      { outcome: 'perhaps', leaseToken: one.leaseToken },
      { leaseToken: one.leaseToken },
      null,
    ])
    expect(outcomes(items)).toEqual([
      'succeeded',
      'queued',
      'failed',
      'canceled',
      'succeeded',
      'lease_lost',
      'invalid',
      'not_found',
      'invalid',
      'invalid',
      'invalid',
      'invalid',
    ])
    expect(items.map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200, 409, 422, 404, 422, 422, 422, 422,
    ])
    expect(items[0]?.run?.id).toBe(one.run.id)
  })

  it('takes two reports of one run in turn: the first counts', async () => {
    const [one, two, three] = await Promise.all([start(), start(), start()])
    const items = await send('complete', [
      { outcome: 'succeeded', leaseToken: one.leaseToken },
      { outcome: 'failed', leaseToken: one.leaseToken, error: 'no' },
      { outcome: 'failed', leaseToken: two.leaseToken, error: 'no', retryable: false },
      { outcome: 'succeeded', leaseToken: two.leaseToken },
      { outcome: 'succeeded', leaseToken: three.leaseToken },
      { outcome: 'succeeded', leaseToken: three.leaseToken },
    ])
    expect(outcomes(items)).toEqual([
      'succeeded',
      'lease_lost',
      'failed',
      'lease_lost',
      'succeeded',
      'succeeded',
    ])
    expect((await getRun(at(), two.run.id)).state).toBe('failed')
    expect((await eventTypes(at(), three.run.id)).filter((type) => type === 'run.succeeded')).toHaveLength(1)
  })

  it('takes 500 at once, and not one more', async () => {
    const projectId = unique('p')
    await enqueueMany(at(), Array(500).fill({ projectId }))
    const held = []
    for (let n = 0; n < 5; n++) held.push(...(await claim(at(), { projectId, limit: 100 })))
    const reports = held.map(({ leaseToken }, n) =>
      n % 2 === 0 ? { outcome: 'succeeded', leaseToken } : { outcome: 'failed', leaseToken, error: `${n}` },
    )
    const items = await send('complete', reports)
    expect(outcomes(items)).toEqual(held.map((_, n) => (n % 2 === 0 ? 'succeeded' : 'failed')))
    expect(items.map(({ run }) => run?.id)).toEqual(held.map(({ run }) => run.id))
    const body = { runs: [...reports, must(reports[0])] }
    expect(await refusal(at(), 'POST', '/v1/runs:complete', { body })).toMatchObject({ status: 422 })
  })

  it('sent twice at once completes each run once, and both are told so', async () => {
    const held = await Promise.all([start(), start(), start(), start()])
    const reports = held.map(({ leaseToken }) => ({ outcome: 'succeeded', leaseToken }))
    const answers = await Promise.all([send('complete', reports), send('complete', reports.toReversed())])
    for (const items of answers) expect(outcomes(items)).toEqual(Array(4).fill('succeeded'))
    for (const { run } of held)
      expect(await eventTypes(at(), run.id)).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
  })
})

describe('POST /v1/runs:heartbeat', () => {
  it('answers each for itself, in order', async () => {
    const [one, two, three] = await Promise.all([start(), start(), start()])
    await at().request('POST', `/v1/runs/${two.run.id}:cancel`)
    await send('complete', [{ outcome: 'succeeded', leaseToken: three.leaseToken }])
    const items = await send('heartbeat', [
      { leaseToken: one.leaseToken, progress: 10 },
      { leaseToken: two.leaseToken },
      { leaseToken: three.leaseToken },
      { leaseToken: tokenOfNothing() },
      { leaseToken: 'nonsense' },
      { leaseToken: one.leaseToken, progress: 101 },
      7,
    ])
    expect(items.map(({ status, problem }) => problem?.code ?? status)).toEqual([
      200,
      200,
      'lease_lost',
      'not_found',
      'invalid',
      'invalid',
      'invalid',
    ])
    expect(items.map(({ cancelRequested }) => cancelRequested)).toEqual([
      false,
      true,
      ...Array(5).fill(undefined),
    ])
    expect(items.slice(0, 2).map(({ id }) => id)).toEqual([one.run.id, two.run.id])
  })

  it('takes the same run twice in one, and of another’s end and its own beat each their turn', async () => {
    const { run, leaseToken } = await start()
    const items = await send('heartbeat', [
      { leaseToken, progress: 20 },
      { leaseToken, progress: 20 },
    ])
    expect(items.map(({ status, id }) => [status, id])).toEqual([
      [200, run.id],
      [200, run.id],
    ])
    expect((await getRun(at(), run.id)).progress).toBe(20)
  })

  it('takes 500 at once, and not one more', async () => {
    const { leaseToken } = await start()
    expect(
      (await send('heartbeat', Array(500).fill({ leaseToken }))).every(({ status }) => status === 200),
    ).toBe(true)
    const body = { runs: Array(501).fill({ leaseToken }) }
    expect(await refusal(at(), 'POST', '/v1/runs:heartbeat', { body })).toMatchObject({ status: 422 })
  })
})
