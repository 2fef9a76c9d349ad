import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import {
  appendSizes,
  chunksOf,
  claimAgain,
  expectContiguous,
  moved,
  newChunk,
  nextAttempt,
  stateOf,
} from '../log-steps.ts'
import { claimRequest, enqueue, expectWellFormed, fail, getRun, startRun, succeed } from '../steps.ts'

export function attemptsContract(engine: Engine): void {
  describe('the log of several attempts', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })

    it('goes on where the one before ended, each from offset 0', async () => {
      const { store } = at()
      const first = await started()
      await appendSizes(store, first, 10, 20)
      const second = await nextAttempt(store, first)
      expect(await stateOf(store, second)).toMatchObject({ fence: 2, nextOffset: 0, bytes: 30 })
      await appendSizes(store, second, 5)
      await store.logs.append(newChunk(second, 5, { sentBytes: 7, bytes: 0, objectKey: null }))
      const third = await nextAttempt(store, second)
      const state = await appendSizes(store, third, 1, 2)
      expect(state).toMatchObject({ fence: 3, nextOffset: 3, bytes: 38 })
      const chunks = await chunksOf(store, first)
      expect(chunks.map(({ fence, offset, position }) => [fence, offset, position])).toEqual([
        [1, 0, 0],
        [1, 10, 10],
        [2, 0, 30],
        [3, 0, 35],
        [3, 1, 36],
      ])
      expectContiguous(chunks, state)
      expect((await getRun(store, first.id)).logBytes).toBe(38)
    })

    it('is asked for by attempt', async () => {
      const { store } = at()
      const first = await started()
      expect(await store.logs.lastChunk(first.id, 1)).toBeNull()
      await appendSizes(store, first, 10, 20)
      const second = await nextAttempt(store, first)
      expect(await store.logs.lastChunk(first.id, 2)).toBeNull()
      expect(await store.logs.chunkAt(first.id, 2, 0)).toBeNull()
      await appendSizes(store, second, 10, 3)
      const ends = [await store.logs.lastChunk(first.id, 1), await store.logs.lastChunk(first.id, 2)]
      expect(ends).toMatchObject([
        { fence: 1, offset: 10, position: 10 },
        { fence: 2, offset: 10, position: 40 },
      ])
      expect(await store.logs.chunkAt(first.id, 1, 10)).toEqual(ends[0])
      expect(await store.logs.chunkAt(first.id, 2, 10)).toEqual(ends[1])
      expect(await store.logs.chunkAt(first.id, 1, 11)).toBeNull()
      expect(await store.logs.chunkAt(newRun().id, 1, 0)).toBeNull()
    })

    it('has the end that its holder names, until it is claimed again', async () => {
      const { store } = at()
      const first = await started()
      const end = 2 ** 40
      await moved(
        store,
        fail(first, { state: 'queued', runAt: 'now', finishedAt: null, logFinalOffset: end }),
      )
      expect(await stateOf(store, first)).toMatchObject({ finalOffset: end, isFinal: false, isOpen: false })
      const second = await claimAgain(store, first)
      expect(await stateOf(store, first)).toMatchObject({ finalOffset: null, isOpen: true })
      await moved(store, succeed(second, { logFinalOffset: 0 }))
      expect(await stateOf(store, first)).toMatchObject({ finalOffset: 0, isFinal: true, isOpen: false })
      const run = await getRun(store, first.id)
      expectWellFormed(run)
      expect(run.logBytes).toBe(0)
    })

    it('begins at 0 for a run that is born running', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [run] = await enqueue(
        store,
        newRun({ projectId, started: { workerId: 'w', leaseSeconds: 60, startedAt: null, pid: 7 } }),
      )
      expect(await stateOf(store, must(run))).toMatchObject({ fence: 1, nextOffset: 0, isOpen: true })
      expect(await store.logs.append(newChunk(must(run), 0))).toMatchObject({ nextOffset: 10, projectId })
    })

    it('is not begun anew by a claim that is repeated', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId }, { claimId: 'claim-1' })
      await appendSizes(store, run, 10)
      const again = await store.runs.claim(claimRequest({ projectId, claimId: 'claim-1' }))
      expect(again.map(({ id, fence }) => [id, fence])).toEqual([[run.id, 1]])
      expect(await stateOf(store, run)).toMatchObject({ fence: 1, nextOffset: 10 })
    })
  })
}
