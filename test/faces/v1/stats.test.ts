import { describe, expect, it } from 'vitest'
import type { RunStats } from '../../../lib/run/stats.ts'
import { unique } from '../../support/make.ts'
import { claim, enqueue, refusal, startOne, useApp } from './steps.ts'

const at = useApp()

async function statsOf(query = '', key = at().admin): Promise<RunStats> {
  // As if the last roll-up had been long ago: it is made every 5 s at most.
  await at().raw(`DELETE FROM maintenance`)
  const { status, json, text } = await at().request<RunStats>('GET', `/v1/stats${query}`, { key })
  expect(status, text).toBe(200)
  return json
}

/** Two that succeeded in 1 s, one that failed after 3 s, one canceled, one running, two queued (one delayed). */
async function someRuns(projectId: string): Promise<void> {
  for (const [outcome, seconds] of [
    ['succeed', 1],
    ['succeed', 1],
    ['fail', 3],
  ] as const) {
    const { run, leaseToken } = await startOne(at(), { projectId })
    await at().raw(
      `UPDATE runs SET "startedAt" = now() - interval '${seconds} seconds' WHERE id = '${run.id}'`,
    )
    const body = { leaseToken, ...(outcome === 'fail' ? { error: 'no', retryable: false } : {}) }
    await at().request('POST', `/v1/runs/${run.id}:${outcome}`, { body })
  }
  const { id } = await enqueue(at(), { projectId })
  await at().request('POST', `/v1/runs/${id}:cancel`)
  await enqueue(at(), { projectId, kind: 'busy' })
  await claim(at(), { projectId })
  await enqueue(at(), { projectId, kind: 'waiting' })
  await enqueue(at(), { projectId, kind: 'waiting', runAt: new Date(Date.now() + 3_600_000).toISOString() })
}

describe('GET /v1/stats', () => {
  it('counts runs by state and tells how long they took and what waits', async () => {
    const projectId = unique('p')
    await someRuns(projectId)
    const stats = await statsOf(`?projectId=${projectId}`)
    expect(stats).toMatchObject({
      total: 7,
      byState: { queued: 2, running: 1, succeeded: 2, failed: 1, canceled: 1 },
      successRate: 2 / 3,
      queue: [{ kind: 'waiting', depth: 2, due: 1 }],
    })
    expect(stats.averageDurationMs).toBeGreaterThanOrEqual(1_600)
    expect(stats.averageDurationMs).toBeLessThan(3_000)
    expect(stats.p95DurationMs).toBeGreaterThanOrEqual(3_000)
    expect(stats.p95DurationMs).toBeLessThan(5_000)
    expect(stats.queue[0]?.oldestAgeSeconds).toBeGreaterThanOrEqual(0)
  })

  it('shows a project key its own, and an admin all', async () => {
    const [mine, theirs] = [unique('mine'), unique('theirs')]
    await someRuns(mine)
    await someRuns(theirs)
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: mine })
    expect(await statsOf('', key)).toMatchObject({ total: 7, byState: { succeeded: 2 } })
    expect((await statsOf(`?projectId=${mine}`, key)).total).toBe(7)
    expect((await statsOf()).total).toBeGreaterThanOrEqual(14)
    for (const other of [theirs, '-'])
      expect(await refusal(at(), 'GET', `/v1/stats?projectId=${other}`, { key })).toMatchObject({
        status: 403,
      })
  })

  it('counts the runs of no project by themselves', async () => {
    const before = (await statsOf('?projectId=-')).total
    const kind = unique('kind')
    await enqueue(at(), { kind })
    await enqueue(at(), { kind, projectId: unique('p') })
    const { total, queue } = await statsOf('?projectId=-')
    expect(total).toBe(before + 1)
    expect(queue.filter((row) => row.kind === kind)).toMatchObject([{ depth: 1 }])
  })

  it('has nothing to divide by where nothing has ended', async () => {
    const stats = await statsOf(`?projectId=${unique('p')}`)
    expect(stats).toMatchObject({
      total: 0,
      successRate: null,
      averageDurationMs: null,
      p95DurationMs: null,
      queue: [],
    })
  })

  it('counts from the hour that since lies in', async () => {
    const projectId = unique('p')
    await someRuns(projectId)
    const ahead = new Date(Date.now() + 2 * 3_600_000).toISOString()
    const behind = new Date(Date.now() - 3_600_000).toISOString()
    expect((await statsOf(`?projectId=${projectId}&since=${behind}`)).byState.succeeded).toBe(2)
    expect((await statsOf(`?projectId=${projectId}&since=${ahead}`)).byState).toMatchObject({
      succeeded: 0,
      queued: 2,
    })
    expect((await statsOf('?since=0001-01-01T00:00:00Z')).since).toBe('0001-01-01T00:00:00.000Z')
  })

  it.each([
    'since=yesterday',
    'since=0000-01-01T00:00:00Z',
    'since=9999-12-31T23:59:59-23:59',
    'projectId=',
    'projectId=a%00',
    'x=1',
  ])('refuses ?%s', async (query) => {
    expect(await refusal(at(), 'GET', `/v1/stats?${query}`)).toMatchObject({ status: 422, code: 'invalid' })
  })
})
