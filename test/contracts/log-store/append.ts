import { describe, expect, it } from 'vitest'
import type { RunningRun } from '../../../lib/run/run.ts'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { appendSizes, chunksOf, moved, newChunk, nextAttempt, recover, stateOf } from '../log-steps.ts'
import {
  cancel,
  enqueue,
  expectWellFormed,
  fail,
  getRun,
  requestCancel,
  retry,
  startRun,
  succeed,
  sweepBack,
} from '../steps.ts'

export function appendContract(engine: Engine): void {
  describe('append', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })
    const expectRefused = async (chunk: ReturnType<typeof newChunk>) => {
      const { logs } = at().store
      const before = [await logs.state(chunk.runId), await logs.chunks(chunk.runId, 0, 100)]
      expect(await logs.append(chunk)).toBeNull()
      expect([await logs.state(chunk.runId), await logs.chunks(chunk.runId, 0, 100)]).toEqual(before)
    }

    it('keeps a chunk as it is given, and says how far the log then is', async () => {
      const { store } = at()
      const run = await started()
      const chunk = newChunk(run, 0, { sentBytes: 12, endsInKey: true })
      const state = {
        runId: run.id,
        projectId: run.projectId,
        createdBy: run.createdBy,
        fence: 1,
        storageState: 'active',
        nextOffset: 12,
        bytes: 12,
        finalOffset: null,
        logFile: null,
        objectBytes: 0,
        isFinal: false,
        isOpen: true,
      }
      expect(await store.logs.append(chunk)).toEqual(state)
      expect(await store.logs.state(run.id)).toEqual(state)
      expect(await chunksOf(store, run)).toEqual([{ ...chunk, position: 0 }])
      expect(await store.logs.chunkAt(run.id, 1, 0)).toEqual({ ...chunk, position: 0 })
    })

    it('shows the size of the log in the run, and nothing else of the store’s own', async () => {
      const { store, shift } = at()
      const run = await started()
      await shift([run.id], 'updatedAt', -100)
      const before = await getRun(store, run.id)
      await appendSizes(store, run, 10, 5)
      const after = await getRun(store, run.id)
      expectWellFormed(after)
      expect(after).toEqual({ ...before, logBytes: 15, updatedAt: after.updatedAt })
      expect(after.updatedAt > before.updatedAt).toBe(true)
    })

    it('takes a chunk only at the next offset', async () => {
      const { store } = at()
      const run = await started()
      await expectRefused(newChunk(run, 10))
      await appendSizes(store, run, 10, 10)
      for (const offset of [0, 10, 19, 21, 30]) await expectRefused(newChunk(run, offset))
      expect(await store.logs.append(newChunk(run, 20))).toMatchObject({ nextOffset: 30, bytes: 30 })
    })

    it('goes beyond what 32 bits hold', async () => {
      const { store } = at()
      const run = await started()
      const GIB = 2 ** 30
      const state = await appendSizes(store, run, GIB, GIB, GIB, GIB, GIB)
      expect(state).toMatchObject({ nextOffset: 5 * GIB, bytes: 5 * GIB })
      expect(await store.logs.chunks(run.id, 4 * GIB, 10)).toMatchObject([
        { offset: 4 * GIB, position: 4 * GIB },
      ])
    })

    it('of a chunk that is cut counts what is kept as the size, and what was sent as the offset', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      const cut = newChunk(run, 10, { sentBytes: 100, bytes: 30 })
      expect(await store.logs.append(cut)).toMatchObject({ nextOffset: 110, bytes: 40 })
      expect(await store.logs.lastChunk(run.id, 1)).toEqual({ ...cut, position: 10 })
    })

    it('of a chunk of which nothing is kept only moves the next offset', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      const kept = await chunksOf(store, run)
      for (const offset of [10, 110])
        expect(
          await store.logs.append(newChunk(run, offset, { sentBytes: 100, bytes: 0, objectKey: null })),
        ).toMatchObject({ nextOffset: offset + 100, bytes: 10 })
      expect(await chunksOf(store, run)).toEqual(kept)
      await expectRefused(newChunk(run, 10, { sentBytes: 100, bytes: 0, objectKey: null }))
    })

    it('refuses another fence, earlier or later', async () => {
      const { store } = at()
      const run = await started()
      await expectRefused(newChunk({ ...run, fence: 0 }, 0))
      await expectRefused(newChunk({ ...run, fence: 2 }, 0))
      const again = await nextAttempt(store, run)
      await expectRefused(newChunk(run, 0))
      expect(await store.logs.append(newChunk(again, 0))).toMatchObject({ fence: 2, nextOffset: 10 })
    })

    it('is accepted after the lease ran out and while a cancel is asked for, as long as nobody took the run', async () => {
      const { store, shift } = at()
      const run = await started()
      await moved(store, requestCancel(run.id))
      await shift([run.id], 'leaseExpiresAt', -1_000)
      expect(await store.logs.append(newChunk(run, 0))).toMatchObject({ bytes: 10, isOpen: true })
    })

    it('is accepted of a run that is called lost, until it is told what became of it', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      await moved(store, fail(run, { errorCode: 'lost' }))
      expect(await stateOf(store, run)).toMatchObject({ isFinal: true, isOpen: true })
      expect(await store.logs.append(newChunk(run, 10))).toMatchObject({ bytes: 20, isOpen: true })
      await moved(store, recover(run))
      expect(await stateOf(store, run)).toMatchObject({ isFinal: true, isOpen: false })
      await expectRefused(newChunk(run, 20))
    })

    it('is accepted of a run that the ledger has ended for its time or for a cancel', async () => {
      const { store } = at()
      for (const patch of [{ errorCode: 'timeout' }, { state: 'canceled', errorCode: 'canceled' }] as const) {
        const run = await started()
        await moved(store, fail(run, patch))
        expect(await store.logs.append(newChunk(run, 0))).toMatchObject({
          bytes: 10,
          isFinal: true,
          isOpen: true,
        })
      }
    })

    it('is refused of a run that was called lost and retried since', async () => {
      const { store } = at()
      const run = await started()
      await moved(store, fail(run, { errorCode: 'lost' }))
      await moved(store, retry(run.id))
      expect(await stateOf(store, run)).toMatchObject({ isFinal: false, isOpen: false })
      await expectRefused(newChunk(run, 0))
    })

    it.each<[string, (run: RunningRun) => Promise<void>]>([
      ['succeeded', (run) => moved(at().store, succeed(run))],
      ['failed', (run) => moved(at().store, fail(run))],
      ['failed without a word why', (run) => moved(at().store, fail(run, { errorCode: null }))],
      [
        'went back to the queue as lost',
        async (run) => {
          await at().shift([run.id], 'leaseExpiresAt', -1_000)
          await moved(at().store, sweepBack(run.id))
        },
      ],
    ])('is refused of a run that %s', async (_, end) => {
      const run = await started()
      await end(run)
      expect(await stateOf(at().store, run)).toMatchObject({ isOpen: false })
      await expectRefused(newChunk(run, 0))
    })

    it('is refused of a run in the queue, one canceled there, one without a lease, and one that is not there', async () => {
      const { store } = at()
      const [queued, canceled] = await enqueue(store, newRun(), newRun())
      await moved(store, cancel(must(canceled).id))
      const [unleased] = await enqueue(
        store,
        newRun({ started: { workerId: 'w', leaseSeconds: null, startedAt: null, pid: null } }),
      )
      for (const run of [queued, canceled, unleased]) await expectRefused(newChunk(must(run), 0))
      expect(await store.logs.append(newChunk({ id: newRun().id, fence: 1 }, 0))).toBeNull()
      expect(await store.logs.state(newRun().id)).toBeNull()
    })
  })
}
