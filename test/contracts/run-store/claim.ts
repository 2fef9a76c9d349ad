import { describe, expect, it } from 'vitest'
import type { NewRun } from '../../../lib/ports/run-store.ts'
import { folderName } from '../../../lib/run/folder.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import {
  claimRequest,
  enqueue,
  eventsOf,
  expectWellFormed,
  fail,
  getRun,
  moveOne,
  retry,
  startRun,
  succeed,
} from '../steps.ts'

export function claimContract(engine: Engine): void {
  describe('claim', () => {
    const at = useHarness(engine)

    it('starts a run under a lease', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId }, { workerId: 'worker-9', leaseSeconds: 120 })
      expect(run).toMatchObject({
        state: 'running',
        claimedBy: 'worker-9',
        attempt: 1,
        fence: 1,
        progress: 0,
      })
      expect(run.startedAt).toBe(run.claimedAt)
      expect(run.folderName).toBe(folderName(run.id, run.startedAt))
      expect(Date.parse(must(run.leaseExpiresAt)) - Date.parse(run.startedAt)).toBe(120_000)
      expectWellFormed(run)
      expect(await getRun(store, run.id)).toEqual(run)
    })

    it('writes run.started with worker, fence and attempt', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') }, { workerId: 'worker-9' })
      expect((await eventsOf(store, run.id)).at(-1)).toMatchObject({
        type: 'run.started',
        at: run.startedAt,
        data: { workerId: 'worker-9', fence: 1, attempt: 1 },
      })
    })

    it('takes by priority, then runAt, then id, whatever the kinds', async () => {
      const { store } = at()
      const projectId = unique('p')
      const due = newRuns(60, (n) => ({
        projectId,
        kind: `kind-${n % 4}`,
        priority: (n * 7) % 4,
        runAt: new Date(Date.UTC(2026, 0, 1 + ((n * 5) % 3))).toISOString(),
      }))
      await enqueue(store, ...due.toSorted(() => Math.random() - 0.5))
      const taken: string[] = []
      for (let n = 0; n < 9; n++) {
        const kinds = n % 2 ? undefined : ['kind-3', 'kind-0', 'kind-1', 'kind-2']
        taken.push(
          ...(await store.runs.claim(claimRequest({ projectId, kinds, limit: 7 }))).map((run) => run.id),
        )
      }
      expect(taken).toEqual(due.toSorted(inClaimOrder).map((run) => run.id))
    })

    it.each([[undefined], [['a']], [['a', 'b']]])(
      'of %s stops with the run that passes the size, and leaves the rest to the next one',
      async (kinds) => {
        const { store } = at()
        const projectId = unique('p')
        await enqueue(
          store,
          ...newRuns(20, (n) => ({
            projectId,
            kind: kinds?.[n % kinds.length] ?? 'a',
            input: 'x'.repeat(100_000),
          })),
        )
        const claim = () => store.runs.claim(claimRequest({ projectId, kinds, limit: 20, bytes: 500_000 }))
        expect(await claim()).toHaveLength(5)
        expect(await claim()).toHaveLength(5)
        const all = claimRequest({ projectId, kinds, limit: 20, bytes: 1 })
        expect(await store.runs.claim(all)).toHaveLength(1)
        expect(await store.runs.claim({ ...all, bytes: undefined })).toHaveLength(9)
      },
    )

    it('gives at most the limit, and nothing when nothing is due', async () => {
      const { store } = at()
      const projectId = unique('p')
      await enqueue(store, ...newRuns(5, { projectId }))
      expect(await store.runs.claim(claimRequest({ projectId, limit: 3 }))).toHaveLength(3)
      expect(await store.runs.claim(claimRequest({ projectId, limit: 3 }))).toHaveLength(2)
      expect(await store.runs.claim(claimRequest({ projectId, limit: 3 }))).toEqual([])
    })

    it('finds a run that waits for nothing as soon as it is added', async () => {
      const { store } = at()
      const projectId = unique('p')
      for (let n = 0; n < 100; n++) {
        const [run] = await enqueue(store, newRun({ projectId }))
        expect(await store.runs.claim(claimRequest({ projectId }))).toMatchObject([{ id: run?.id }])
      }
    })

    it('leaves delayed runs until they are due', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const [later] = await enqueue(store, newRun({ projectId, priority: 3, runAt: { inMs: 60_000 } }))
      const [now] = await enqueue(store, newRun({ projectId, priority: 0 }))
      expect(await store.runs.claim(claimRequest({ projectId }))).toMatchObject([{ id: now?.id }])
      expect(await store.runs.hasDue({ projectId })).toBe(false)
      await shift([must(later).id], 'runAt', -61)
      expect(await store.runs.hasDue({ projectId })).toBe(true)
      expect(await store.runs.claim(claimRequest({ projectId }))).toMatchObject([{ id: later?.id }])
    })

    it('takes only the kinds asked for', async () => {
      const { store } = at()
      const projectId = unique('p')
      await enqueue(store, ...newRuns(9, (n) => ({ projectId, kind: ['a', 'b', 'c'][n % 3] as string })))
      expect(await store.runs.hasDue({ projectId, kinds: ['z'] })).toBe(false)
      expect(await store.runs.claim(claimRequest({ projectId, kinds: ['z'] }))).toEqual([])
      const taken = await store.runs.claim(claimRequest({ projectId, kinds: ['a', 'c', 'a'] }))
      expect(taken.map((run) => run.kind).toSorted()).toEqual(['a', 'a', 'a', 'c', 'c', 'c'])
      expect(new Set(taken.map((run) => run.id)).size).toBe(6)
      expect(await store.runs.hasDue({ projectId, kinds: ['a', 'c'] })).toBe(false)
      expect(await store.runs.hasDue({ projectId, kinds: ['a', 'b'] })).toBe(true)
    })

    it('takes from exactly one project; null is the system', async () => {
      const { store } = at()
      const [projectId, kind] = [unique('p'), unique('kind')]
      const [own, system] = await enqueue(store, newRun({ projectId, kind }), newRun({ kind }))
      expect(await store.runs.claim(claimRequest({ projectId: unique('p'), kinds: [kind] }))).toEqual([])
      expect(await store.runs.claim(claimRequest({ kinds: [kind] }))).toMatchObject([{ id: system?.id }])
      expect(await store.runs.hasDue({ projectId: null, kinds: [kind] })).toBe(false)
      expect(await store.runs.claim(claimRequest({ projectId }))).toMatchObject([{ id: own?.id }])
    })

    it('of a run that came back keeps its folder and grows attempt and fence', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const first = await startRun(store, { projectId, maxAttempts: 5 })
      await shift([first.id], 'startedAt', -90_000)
      const backToQueue = { state: 'queued', finishedAt: null, errorCode: null, runAt: 'now' } as const
      await moveOne(store, fail(first, { ...backToQueue, progress: 55 }))
      const [second] = await store.runs.claim(claimRequest({ projectId, workerId: 'worker-2' }))
      expect(second).toMatchObject({ id: first.id, attempt: 2, fence: 2, progress: 0, claimedBy: 'worker-2' })
      expect(second?.folderName).toBe(first.folderName)
      expect(second?.startedAt).toBe(second?.claimedAt)
    })

    it('grows the fence also after a manual retry has begun to count attempts anew', async () => {
      const { store } = at()
      const projectId = unique('p')
      const first = await startRun(store, { projectId })
      await moveOne(store, fail(first))
      await moveOne(store, retry(first.id))
      const [second] = await store.runs.claim(claimRequest({ projectId }))
      expect(second).toMatchObject({ id: first.id, attempt: 1, fence: 2 })
    })

    describe('asked again with the same claimId', () => {
      it('gives the runs still held, and nothing new', async () => {
        const { store } = at()
        const projectId = unique('p')
        await enqueue(store, ...newRuns(10, { projectId }))
        const request = claimRequest({ projectId, limit: 4, claimId: unique('claim') })
        const first = await store.runs.claim(request)
        expect(first).toHaveLength(4)
        expect(await store.runs.claim(request)).toEqual(first)
        await store.runs.move([succeed(must(first[0])), succeed(must(first[2]))])
        expect(await store.runs.claim(request)).toEqual([first[1], first[3]])
        const other = await store.runs.claim({ ...request, claimId: unique('claim') })
        expect(other.map((run) => run.fence)).toEqual([1, 1, 1, 1])
        expect(other.filter((run) => first.some((held) => held.id === run.id))).toEqual([])
      })

      it('does not give a run that has gone to another claim since', async () => {
        const { store } = at()
        const projectId = unique('p')
        await enqueue(store, ...newRuns(2, { projectId }))
        const request = claimRequest({ projectId, limit: 2, claimId: unique('claim') })
        const [gone, kept] = await store.runs.claim(request)
        await moveOne(store, fail(must(gone), { state: 'queued', finishedAt: null, errorCode: 'released' }))
        await store.runs.claim({ ...request, workerId: 'worker-2', claimId: unique('claim') })
        expect(await store.runs.claim(request)).toEqual([kept])
      })

      it('gives nothing of another project', async () => {
        const { store } = at()
        const [one, two, claimId] = [unique('p'), unique('p'), unique('claim')]
        const held = await startRun(store, { projectId: one }, { claimId })
        expect(await store.runs.claim(claimRequest({ projectId: two, claimId }))).toEqual([])
        expect(await store.runs.claim(claimRequest({ projectId: one, claimId }))).toEqual([held])
      })
    })
  })
}

function inClaimOrder(a: NewRun, b: NewRun): number {
  return b.priority - a.priority || compare(String(a.runAt), String(b.runAt)) || compare(a.id, b.id)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
