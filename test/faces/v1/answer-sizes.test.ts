import { describe, expect, it } from 'vitest'
import type { Problem } from '../../../lib/http/problem.ts'
import type { RunEvent } from '../../../lib/run/event.ts'
import { LIMITS } from '../../../lib/run/limits.ts'
import type { RunBrief } from '../../../lib/run/run-brief.ts'
import type { RunStats } from '../../../lib/run/stats.ts'
import { unique } from '../../support/make.ts'
import type { Answer } from '../../support/open-app.ts'
import { claim, enqueue, enqueueMany, getRun, must, pagesFrom, useApp } from './steps.ts'

/** The platform gives back 4.5 MB; nothing may come near it. */
const MOST = 4_000_000
const at = useApp()

interface Item {
  status: number
  run?: RunBrief
  problem?: Problem
}

const largest = 'x'.repeat(LIMITS.inputBytes - 2)

/** The answer, which is small enough. */
async function ask<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
  const answer = await at().request<T>(method, path, body === undefined ? {} : { body })
  expect(answer.status, answer.text.slice(0, 1_000)).toBe(200)
  expect(Buffer.byteLength(answer.text)).toBeLessThan(MOST)
  return answer
}

const askBatch = async (verb: string, runs: unknown[]) =>
  (await ask<{ data: Item[] }>('POST', `/v1/runs:${verb}`, { runs })).json.data

/** Queued runs of the largest input there may be; a request holds 15 of them. */
async function enqueueLargest(count: number, fields: object): Promise<void> {
  for (let left = count; left > 0; left -= 15)
    await enqueueMany(at(), Array(Math.min(15, left)).fill({ ...fields, input: largest }))
}

describe('an answer stays under 4 MB', () => {
  it.each(['desc', 'asc'])(
    'a page of runs ends early, and the next begins where it ended (%s)',
    async (by) => {
      const projectId = unique('p')
      await enqueueLargest(30, { projectId })
      const path = `/v1/runs?projectId=${projectId}&limit=100&sort=createdAt:${by}`
      await ask('GET', path)
      const pages = await pagesFrom(at(), path)
      expect(pages.map((page) => page.length)).toEqual([11, 11, 8])
      const ids = pages.flat().map(({ id }) => id)
      expect(new Set(ids).size).toBe(30)
      expect(ids).toEqual(by === 'asc' ? ids.toSorted() : ids.toSorted().toReversed())
    },
  )

  it('a page of events ends early, and the next begins where it ended', async () => {
    const { id } = await enqueue(at())
    const data = JSON.stringify({ error: '\u0001'.repeat(3_000) })
    await at().raw(`INSERT INTO run_events ("runId", type, actor, data)
      SELECT '${id}', 'run.progress', 'worker', '${data}'::jsonb FROM generate_series(1, 500)`)
    const seen: number[] = []
    for (let after: number | null = 0; after !== null; ) {
      const path: string = `/v1/runs/${id}/events?limit=500&after=${after}`
      const { json } = await ask<{ data: RunEvent[]; nextAfter: number | null }>('GET', path)
      seen.push(...json.data.map((event) => event.id))
      after = json.nextAfter
    }
    expect(seen).toHaveLength(501)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  it('a batch says of each run what it has become, without its texts', async () => {
    const projectId = unique('p')
    const labels = { team: 'data' }
    const items = await askBatch('batch', Array(15).fill({ kind: 'a', projectId, labels, input: largest }))
    const run = must(items[0]?.run)
    expect(run).toMatchObject({ kind: 'a', projectId, state: 'queued', attempt: 0 })
    for (const key of ['input', 'labels', 'error', 'name']) expect(run).not.toHaveProperty(key)
    expect(await getRun(at(), run.id)).toMatchObject({ ...run, labels, input: largest })
  })

  it('so does a batch that had been sent before, whatever its runs have come to since', async () => {
    const projectId = unique('p')
    const runs = Array.from({ length: 200 }, (_, n) => ({ kind: 'a', projectId, idempotencyKey: `${n}` }))
    await askBatch('batch', runs)
    const error = '\u0001'.repeat(16_000)
    await at().raw(`UPDATE runs SET error = '${error}' WHERE "projectId" = '${projectId}'`)
    const items = await askBatch('batch', runs)
    expect(items.map(({ status, run }) => [status, run?.idempotencyKey])).toEqual(
      runs.map((_, n) => [200, `${n}`]),
    )
  })

  it('so does a batch of completions', async () => {
    const projectId = unique('p')
    await enqueueLargest(30, { projectId })
    const held = []
    while (held.length < 30) held.push(...(await claim(at(), { projectId, limit: 5 })))
    const error = '\u0001'.repeat(16_000)
    const items = await askBatch(
      'complete',
      held.map(({ leaseToken }) => ({ outcome: 'failed', leaseToken, error, retryable: false })),
    )
    expect(items.map(({ run }) => [run?.id, run?.state, run?.errorCode])).toEqual(
      held.map(({ run }) => [run.id, 'failed', 'error']),
    )
  })

  it('a batch of which all is wrong says what, of each', async () => {
    // As many faults as a request can hold, in as many items, told in as many bytes.
    const faults = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`\u{1F600}${n}`, 1]))
    const items = await askBatch('batch', Array(1_000).fill({ kind: 'a', labels: faults }))
    expect(items.every(({ problem }) => problem?.status === 422 && /labels/.test(problem.detail))).toBe(true)
    expect(items[0]?.problem?.errors?.length).toBeGreaterThan(1)
    const unknown = { [`\u0001${'é'.repeat(1_900)}`]: 1 }
    for (const [verb, count] of [
      ['batch', 1_000],
      ['complete', 500],
      ['heartbeat', 500],
    ] as const)
      expect(await askBatch(verb, Array(count).fill(unknown))).toHaveLength(count)
  })

  it('a body of which all is wrong is told its first faults, and how many there are', async () => {
    const labels = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`l${n}`, 1]))
    const { status, json, text } = await at().request<Problem>('POST', '/v1/runs', {
      body: { kind: 'a', labels },
    })
    expect(status).toBe(422)
    expect(text.length).toBeLessThan(20_000)
    expect(json.detail).toContain('49999 more')
    const input = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`${n}${'k'.repeat(10_000)}`, `ghp_${'a1B2c3D4e5F6'.repeat(3)}`]),
    )
    const secrets = await at().request('POST', '/v1/runs', { body: { kind: 'a', input } })
    expect(secrets.status).toBe(422)
    expect(secrets.text.length).toBeLessThan(20_000)
  })

  it('statistics name the thousand kinds that most wait of, and count all', async () => {
    const projectId = unique('p')
    for (const part of ['a', 'b'])
      await enqueueMany(
        at(),
        Array.from({ length: 1_000 }, (_, n) => ({ projectId, kind: `${part}-${n}` })),
      )
    await enqueueMany(at(), Array(2).fill({ projectId, kind: 'z' }))
    const { json } = await ask<RunStats>('GET', `/v1/stats?projectId=${projectId}`)
    expect(json.byState.queued).toBe(2_002)
    expect(json.queue).toHaveLength(1_000)
    expect(json.queue[0]).toMatchObject({ kind: 'z', depth: 2 })
  })
})
