import { describe, expect, it } from 'vitest'
import type { RunningRun } from '../../../lib/run/run.ts'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { moved, nextAttempt, recover } from '../log-steps.ts'
import { commitAll, FOUND, newOutput } from '../output-steps.ts'
import { enqueue, fail, getRun, retry, startRun, succeed } from '../steps.ts'

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const LONG_AGO = '2020-01-02T03:04:05.678Z'

export function reserveContract(engine: Engine): void {
  describe('reserve', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })
    const backdate = (run: { id: string }) =>
      at().store.raw(`UPDATE outputs SET "createdAt" = '${LONG_AGO}' WHERE "runId" = '${run.id}'`)

    it('notes a file as it is given, and changes nothing of the run', async () => {
      const { store } = at()
      const run = await started()
      const given = newOutput(run, 'berichte/über 2026/株式 100%.csv', {
        bytes: 6 * 2 ** 40,
        sha256: 'd'.repeat(64),
        contentType: 'text/csv; charset=utf-8',
        uploadId: 'upload-1',
      })
      const reserved = await store.outputs.reserve(given)
      expect(reserved).toEqual({
        ...given,
        etag: null,
        createdAt: expect.stringMatching(ISO),
        committedAt: null,
      })
      expect(await store.outputs.get(run.id, 1, given.path)).toEqual(reserved)
      expect(await getRun(store, run.id)).toEqual(run)
    })

    it('noted again counts as it was noted last', async () => {
      const { store } = at()
      const run = await started()
      await store.outputs.reserve(newOutput(run, 'a.csv', { sha256: 'd'.repeat(64), uploadId: 'upload-1' }))
      await backdate(run)
      const later = newOutput(run, 'a.csv', {
        bytes: 99,
        contentType: 'application/json',
        objectKey: 'jobs/other',
        uploadId: 'upload-2',
      })
      const again = must(await store.outputs.reserve(later))
      expect(again).toMatchObject({ ...later, committedAt: null })
      expect(again.createdAt > LONG_AGO).toBe(true)
      expect(await store.outputs.get(run.id, 1, 'a.csv')).toEqual(again)
    })

    it('of a path that this attempt has committed gives back what is there', async () => {
      const { store } = at()
      const run = await started()
      const [committed] = await commitAll(store, run, 'a.csv')
      expect(await store.outputs.reserve(newOutput(run, 'a.csv', { bytes: 99 }))).toEqual(committed)
      expect(await store.outputs.get(run.id, 1, 'a.csv')).toEqual(committed)
    })

    it('keeps attempts, and paths that differ in a letter, apart', async () => {
      const { store } = at()
      const first = await started()
      await commitAll(store, first, 'a.csv')
      const second = await nextAttempt(store, first)
      const reserved = await store.outputs.reserve(newOutput(second, 'a.csv', { bytes: 5 }))
      expect(reserved).toMatchObject({ fence: 2, bytes: 5, committedAt: null })
      await store.outputs.reserve(newOutput(second, 'A.csv', { bytes: 6 }))
      expect(await store.outputs.get(first.id, 1, 'a.csv')).toMatchObject({ bytes: FOUND.bytes })
      expect(await store.outputs.get(first.id, 2, 'a.csv')).toMatchObject({ bytes: 5 })
      expect(await store.outputs.get(first.id, 2, 'A.csv')).toMatchObject({ bytes: 6 })
      expect(await store.outputs.get(first.id, 1, 'A.csv')).toBeNull()
      expect(await store.outputs.get(newRun().id, 1, 'a.csv')).toBeNull()
    })

    it('is accepted after the lease ran out, and of a run that is called lost, until it is told what became of it', async () => {
      const { store, shift } = at()
      const run = await started()
      await shift([run.id], 'leaseExpiresAt', -1_000)
      expect(await store.outputs.reserve(newOutput(run, 'a'))).not.toBeNull()
      await moved(store, fail(run, { errorCode: 'lost' }))
      expect(await store.outputs.reserve(newOutput(run, 'b'))).not.toBeNull()
      await moved(store, recover(run))
      expect(await store.outputs.reserve(newOutput(run, 'c'))).toBeNull()
      expect(await store.outputs.get(run.id, 1, 'c')).toBeNull()
    })

    it.each<[string, (run: RunningRun) => Promise<unknown>]>([
      ['succeeded', (run) => moved(at().store, succeed(run))],
      ['failed', (run) => moved(at().store, fail(run))],
      ['was taken by another attempt', (run) => nextAttempt(at().store, run)],
      [
        'was called lost and retried since',
        async (run) => {
          await moved(at().store, fail(run, { errorCode: 'lost' }))
          await moved(at().store, retry(run.id))
        },
      ],
    ])('is refused of a run that %s, whatever is there', async (_, end) => {
      const { store } = at()
      const run = await started()
      await commitAll(store, run, 'committed')
      await store.outputs.reserve(newOutput(run, 'reserved'))
      await end(run)
      for (const path of ['committed', 'reserved', 'new']) {
        const before = await store.outputs.get(run.id, 1, path)
        expect(await store.outputs.reserve(newOutput(run, path, { bytes: 99 }))).toBeNull()
        expect(await store.outputs.get(run.id, 1, path)).toEqual(before)
      }
    })

    it('is refused of a run in the queue, one without a lease, and one that is not there', async () => {
      const { store } = at()
      const [queued] = await enqueue(store, newRun())
      const [unleased] = await enqueue(
        store,
        newRun({ started: { workerId: 'w', leaseSeconds: null, startedAt: null, pid: null } }),
      )
      for (const run of [must(queued), must(unleased), { id: newRun().id, fence: 1 }])
        expect(await store.outputs.reserve(newOutput(run, 'a'))).toBeNull()
    })

    it('that was never committed is found after a time, and forgotten', async () => {
      const { store } = at()
      const [old, older, young] = [await started(), await started(), await started()]
      for (const run of [old, older, young])
        for (const path of ['a', 'b']) await store.outputs.reserve(newOutput(run, path))
      await commitAll(store, old, 'c')
      await backdate(old)
      await backdate(older)
      await moved(store, succeed(older))
      const asked = { olderThanSeconds: 3_600, limit: 100 }
      const found = await store.outputs.abandoned(asked)
      expect(found.map(({ runId, path }) => `${runId} ${path}`).toSorted()).toEqual(
        [`${old.id} a`, `${old.id} b`, `${older.id} a`, `${older.id} b`].toSorted(),
      )
      expect(found[0]).toEqual(await store.outputs.get(must(found[0]).runId, 1, must(found[0]).path))
      expect(await store.outputs.abandoned({ ...asked, limit: 3 })).toHaveLength(3)
      await store.outputs.forget([...found.slice(0, 2), { runId: old.id, fence: 1, path: 'c' }])
      expect(await store.outputs.abandoned(asked)).toEqual(found.slice(2))
      await store.outputs.forget(found)
      await store.outputs.forget([])
      expect(await store.outputs.abandoned(asked)).toEqual([])
      expect(await store.outputs.get(old.id, 1, 'c')).not.toBeNull()
      const all = await store.outputs.abandoned({ olderThanSeconds: 0, limit: 100 })
      expect(all.filter(({ runId }) => runId === young.id)).toHaveLength(2)
    })
  })
}
