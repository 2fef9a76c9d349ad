import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Ports } from '../../../lib/ports/context.ts'
import { unique } from '../../support/make.ts'
import { claim, enqueue, enqueueMany, getRun, must, serveApp, useApp } from './steps.ts'

const counts = { claim: 0, hasDue: 0 }

/** Counts what is asked of the queue. */
function counting(ports: Ports): Ports {
  const { runs } = ports
  return {
    ...ports,
    runs: {
      ...runs,
      claim: (request) => {
        counts.claim++
        return runs.claim(request)
      },
      hasDue: (filter) => {
        counts.hasDue++
        return runs.hasDue(filter)
      },
    },
  }
}

const at = useApp({ wrap: counting })

describe('a claim that waits', () => {
  it('is answered when a run is enqueued meanwhile, long before its time is over', async () => {
    const projectId = unique('p')
    const began = performance.now()
    const waiting = claim(at(), { projectId, waitSeconds: 25 })
    await sleep(300)
    const { id } = await enqueue(at(), { projectId })
    expect((await waiting).map(({ run }) => run.id)).toEqual([id])
    expect(performance.now() - began).toBeLessThan(15_000)
  })

  it('is answered when another instance enqueues, which can give no hint', async () => {
    const projectId = unique('p')
    const other = await at().another()
    const waiting = claim(at(), { projectId, waitSeconds: 25 })
    await sleep(300)
    const { id } = await enqueue(other, { projectId })
    expect((await waiting).map(({ run }) => run.id)).toEqual([id])
  })

  it('is answered when a delayed run comes due, and when one is retried or released', async () => {
    const projectId = unique('p')
    const delayed = await enqueue(at(), { projectId, runAt: new Date(Date.now() + 1_000).toISOString() })
    const [first] = await claim(at(), { projectId, waitSeconds: 20 })
    expect(first?.run.id).toBe(delayed.id)
    const waiting = claim(at(), { projectId, waitSeconds: 20 })
    await sleep(200)
    const body = { leaseToken: must(first).leaseToken, error: 'released', retryable: true }
    await at().request('POST', `/v1/runs/${delayed.id}:fail`, { body })
    expect((await waiting).map(({ run }) => run.id)).toEqual([delayed.id])
  })

  it('is answered empty after its time, and at once without one', async () => {
    const projectId = unique('p')
    const began = performance.now()
    expect(await claim(at(), { projectId, waitSeconds: 1 })).toEqual([])
    expect(performance.now() - began).toBeGreaterThanOrEqual(990)
    expect(await claim(at(), { projectId, waitSeconds: 0 })).toEqual([])
  })

  it('waits for its own kinds and project alone', async () => {
    const projectId = unique('p')
    const waiting = claim(at(), { projectId, kinds: ['wanted'], waitSeconds: 3 })
    await sleep(100)
    await enqueue(at(), { projectId, kind: 'other' })
    await enqueue(at(), { projectId: unique('q'), kind: 'wanted' })
    await enqueue(at(), { kind: 'wanted' })
    expect(await waiting).toEqual([])
  })

  it('shares with 19 others: of 5 runs each goes to one of them, and the rest get none', async () => {
    const projectId = unique('p')
    const waiting = Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        claim(at(), { projectId, limit: 1, waitSeconds: 3, workerId: `w${n}` }),
      ),
    )
    await sleep(300)
    const runs = await enqueueMany(at(), Array(5).fill({ projectId }))
    const taken = (await waiting).flat().map(({ run }) => run.id)
    expect(taken.sort()).toEqual(runs.map(({ id }) => id).sort())
  })

  it('asks with all that wait for the same queue as often as one alone', async () => {
    const projectId = unique('p')
    const before = { ...counts }
    await Promise.all(Array.from({ length: 30 }, () => claim(at(), { projectId, waitSeconds: 3 })))
    expect(counts.hasDue - before.hasDue).toBeLessThanOrEqual(10)
    expect(counts.claim - before.claim).toBeLessThanOrEqual(60)
    await sleep(1_300)
    const after = counts.hasDue
    await sleep(1_300)
    expect(counts.hasDue).toBe(after)
  })

  it('of one that comes when the last has just gone is answered, too', async () => {
    const projectId = unique('p')
    for (let n = 0; n < 10; n++) {
      await claim(at(), { projectId, waitSeconds: 0.3 + n / 50 })
      const waiting = claim(at(), { projectId, waitSeconds: 20 })
      await sleep(n * 20)
      const { id } = await enqueue(at(), { projectId })
      expect((await waiting).map(({ run }) => run.id)).toEqual([id])
    }
  })
})

describe('a caller that goes away while it waits', () => {
  it('is given nothing, by its signal', async () => {
    const projectId = unique('p')
    const gone = new AbortController()
    const waiting = claim(at(), { projectId, waitSeconds: 20 }, { signal: gone.signal })
    await sleep(200)
    gone.abort()
    expect(await waiting).toEqual([])
    const { id } = await enqueue(at(), { projectId })
    await sleep(1_000)
    expect((await getRun(at(), id)).state).toBe('queued')
  })

  it('is given nothing, by its closed connection', async () => {
    const served = await serveApp(at())
    onTestFinished(() => served.close())
    const projectId = unique('p')
    const gone = new AbortController()
    const waiting = Array.from({ length: 5 }, () =>
      fetch(`${served.url}/v1/runs:claim`, {
        method: 'POST',
        headers: { authorization: `Bearer ${at().admin}`, 'content-type': 'application/json' },
        body: JSON.stringify({ workerId: 'w', projectId, waitSeconds: 20 }),
        signal: gone.signal,
      }).catch((error: Error) => error.name),
    )
    await sleep(400)
    gone.abort()
    expect(await Promise.all(waiting)).toEqual(Array(5).fill('AbortError'))
    await sleep(200)
    const runs = await enqueueMany(at(), Array(5).fill({ projectId }))
    await sleep(1_500)
    for (const { id } of runs) expect(await getRun(at(), id)).toMatchObject({ state: 'queued', fence: 0 })
    const before = counts.hasDue
    await sleep(1_300)
    expect(counts.hasDue).toBe(before)
  })
})
