import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { claim, enqueue, must, useApp } from './steps.ts'

const at = useApp()

describe('a claim', () => {
  it('asked again with its claimId gives the same runs and tokens, until they have ended', async () => {
    const projectId = unique('p')
    for (let n = 0; n < 3; n++) await enqueue(at(), { projectId })
    const ask = { projectId, claimId: unique('claim'), limit: 2 }
    const first = await claim(at(), ask)
    expect(first).toHaveLength(2)
    const again = await claim(at(), ask)
    expect(again.map(({ leaseToken }) => leaseToken).sort()).toEqual(
      first.map(({ leaseToken }) => leaseToken).sort(),
    )
    for (const { run, leaseToken } of first)
      await at().request('POST', `/v1/runs/${run.id}:succeed`, { body: { leaseToken } })
    const next = await claim(at(), ask)
    expect(next).toHaveLength(1)
    expect(first.map(({ run }) => run.id)).not.toContain(next[0]?.run.id)
  })

  it('with its claimId sent by another worker gets runs of its own', async () => {
    const projectId = unique('p')
    for (let n = 0; n < 2; n++) await enqueue(at(), { projectId })
    const claimId = unique('claim')
    const [one] = await claim(at(), { projectId, claimId, limit: 1, workerId: 'one' })
    const [two] = await claim(at(), { projectId, claimId, limit: 1, workerId: 'two' })
    expect(must(one).run.id).not.toBe(must(two).run.id)
  })

  it('takes the highest priority first, then the oldest, and only the kinds it names', async () => {
    const projectId = unique('p')
    const low = await enqueue(at(), { projectId, kind: 'a', priority: 0 })
    const other = await enqueue(at(), { projectId, kind: 'b', priority: 3 })
    const first = await enqueue(at(), { projectId, kind: 'a' })
    const urgent = await enqueue(at(), { projectId, kind: 'a', priority: 3 })
    const second = await enqueue(at(), { projectId, kind: 'a' })
    await enqueue(at(), { projectId, kind: 'a', runAt: new Date(Date.now() + 3_600_000).toISOString() })
    const ids = (await claim(at(), { projectId, kinds: ['a', 'c'] })).map(({ run }) => run.id)
    expect(ids).toEqual([urgent.id, first.id, second.id, low.id])
    expect((await claim(at(), { projectId })).map(({ run }) => run.id)).toEqual([other.id])
  })

  it('without a project takes from the queue of none, and a project key from its own', async () => {
    const projectId = unique('p')
    const { id } = await enqueue(at(), { projectId })
    expect((await claim(at())).map(({ run }) => run.id)).not.toContain(id)
    const { key } = await at().makeKey({ scopes: ['runs:work'], projectId })
    expect((await claim(at(), {}, { key })).map(({ run }) => run.id)).toEqual([id])
  })
})
