import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { moved, nextAttempt } from '../log-steps.ts'
import { commitAll, FOUND, newOutput } from '../output-steps.ts'
import { expectWellFormed, fail, getRun, startRun, succeed } from '../steps.ts'

export function commitContract(engine: Engine): void {
  describe('commit', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })

    it('records what was found, and counts it in the run', async () => {
      const { store, shift } = at()
      const run = await started()
      await shift([run.id], 'updatedAt', -100)
      const before = await getRun(store, run.id)
      const reserved = must(await store.outputs.reserve(newOutput(run, 'a.csv', { uploadId: 'upload-1' })))
      const found = { bytes: 5 * 2 ** 40, sha256: 'e'.repeat(64), etag: '"e-2"' }
      const committed = must(await store.outputs.commit(reserved, found))
      expect(committed).toEqual({
        ...reserved,
        ...found,
        uploadId: null,
        committedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      })
      expect(await store.outputs.get(run.id, 1, 'a.csv')).toEqual(committed)
      await commitAll(store, run, 'b.csv')
      const after = await getRun(store, run.id)
      expectWellFormed(after)
      expect(after).toEqual({
        ...before,
        outputBytes: found.bytes + FOUND.bytes,
        outputCount: 2,
        updatedAt: after.updatedAt,
      })
      expect(after.updatedAt > before.updatedAt).toBe(true)
    })

    it('without a hash or an etag has none', async () => {
      const { store } = at()
      const run = await started()
      const reserved = must(await store.outputs.reserve(newOutput(run, 'a', { sha256: 'd'.repeat(64) })))
      const nothing = { bytes: 0, sha256: null, etag: null }
      expect(await store.outputs.commit(reserved, nothing)).toMatchObject(nothing)
      expect(await getRun(store, run.id)).toMatchObject({ outputBytes: 0, outputCount: 1 })
    })

    it('again changes nothing', async () => {
      const { store } = at()
      const run = await started()
      const [committed] = await commitAll(store, run, 'a')
      const before = await getRun(store, run.id)
      expect(await store.outputs.commit(must(committed), { ...FOUND, bytes: 99 })).toEqual(committed)
      expect(await store.outputs.get(run.id, 1, 'a')).toEqual(committed)
      expect(await getRun(store, run.id)).toEqual(before)
    })

    it('of a reservation does nothing where it was reserved anew since, however soon', async () => {
      const { store } = at()
      const run = await started()
      const first = must(await store.outputs.reserve(newOutput(run, 'a')))
      const second = must(await store.outputs.reserve(newOutput(run, 'a')))
      expect(second.createdAt > first.createdAt).toBe(true)
      expect(await store.outputs.commit(first, FOUND)).toBeNull()
      expect(await store.outputs.get(run.id, 1, 'a')).toEqual(second)
      const committed = await store.outputs.commit(second, FOUND)
      expect(committed).toMatchObject({ ...FOUND, createdAt: second.createdAt })
      expect(await store.outputs.commit(first, FOUND)).toEqual(committed)
      expect(await getRun(store, run.id)).toMatchObject({ outputCount: 1 })
    })

    it('of what was never reserved, or forgotten, does nothing', async () => {
      const { store } = at()
      const run = await started()
      const reserved = must(await store.outputs.reserve(newOutput(run, 'b')))
      await store.outputs.forget([reserved])
      for (const path of ['a', 'b'])
        expect(await store.outputs.commit({ runId: run.id, fence: 1, path }, FOUND)).toBeNull()
      expect(await store.outputs.commit({ runId: newRun().id, fence: 1, path: 'a' }, FOUND)).toBeNull()
      expect(await getRun(store, run.id)).toEqual(run)
    })

    it('is refused where the lease is lost, also of what is committed already', async () => {
      const { store } = at()
      const first = await started()
      const [committed] = await commitAll(store, first, 'a')
      const reserved = must(await store.outputs.reserve(newOutput(first, 'b')))
      const second = await nextAttempt(store, first)
      for (const late of [must(committed), reserved])
        expect(await store.outputs.commit(late, FOUND)).toBeNull()
      const own = must(await store.outputs.reserve(newOutput(second, 'b')))
      await moved(store, succeed(second))
      expect(await store.outputs.commit(own, FOUND)).toBeNull()
      expect(await store.outputs.get(first.id, 2, 'b')).toEqual(own)
      expect(await getRun(store, first.id)).toMatchObject({ outputCount: 1, outputBytes: 10 })
    })

    it('is accepted of a run that is called lost', async () => {
      const { store } = at()
      const run = await started()
      await moved(store, fail(run, { errorCode: 'lost' }))
      await commitAll(store, run, 'a')
      expect(await getRun(store, run.id)).toMatchObject({ outputCount: 1, outputBytes: 10, state: 'failed' })
    })

    it('counts the files of all attempts', async () => {
      const { store } = at()
      const first = await started()
      await commitAll(store, first, 'a', 'b')
      const second = await nextAttempt(store, first)
      await commitAll(store, second, 'b')
      expect(await getRun(store, first.id)).toMatchObject({ outputCount: 3, outputBytes: 30 })
    })
  })
}
