import { describe, expect, it } from 'vitest'
import type { Move, MoveGuard } from '../../../lib/ports/run-store.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import {
  cancel,
  enqueue,
  fail,
  getRun,
  moveOne,
  requestCancel,
  retry,
  startRun,
  startRuns,
  succeed,
  sweepBack,
} from '../steps.ts'

export function guardContract(engine: Engine): void {
  describe('a move is refused by its guard', () => {
    const at = useHarness(engine)

    it('when the fence is another', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      expect(await moveOne(store, { ...succeed(run), guard: { fence: 2 } })).toBeNull()
      expect(await moveOne(store, { ...succeed(run), guard: { fence: 1 } })).not.toBeNull()
    })

    it('when a lease is wanted and there is none', async () => {
      const { store } = at()
      const started = { workerId: 'log-start', leaseSeconds: null, startedAt: null, pid: null }
      const [run] = await enqueue(store, newRun({ started }))
      expect(await moveOne(store, succeed(must(run)))).toBeNull()
      expect(await moveOne(store, { ...succeed(must(run)), guard: {} })).toMatchObject({
        state: 'succeeded',
      })
    })

    it('when none is wanted and one is held', async () => {
      const { store, shift } = at()
      const held = await startRun(store, { projectId: unique('p') })
      await shift([held.id], 'leaseExpiresAt', -1_000)
      const unleased = (run: { id: string; fence: number }): Move => ({
        ...succeed(run),
        guard: { fence: run.fence, unleased: true },
      })
      expect(await moveOne(store, unleased(held))).toBeNull()
      const started = { workerId: 'log-start', leaseSeconds: null, startedAt: null, pid: null }
      const [free] = await enqueue(store, newRun({ started }))
      expect(await moveOne(store, unleased(must(free)))).toMatchObject({ state: 'succeeded' })
    })

    it('but a lease that ran out and was not taken away is still held', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await shift([run.id], 'leaseExpiresAt', -1_000)
      expect(await moveOne(store, succeed(run))).toMatchObject({ state: 'succeeded' })
    })

    it('when a late worker’s attempt has gone to another', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const late = await startRun(store, { projectId, maxAttempts: 2 })
      await shift([late.id], 'leaseExpiresAt', -100)
      await moveOne(store, sweepBack(late.id))
      const [holder] = await store.runs.claim({
        projectId,
        workerId: 'worker-2',
        limit: 1,
        leaseSeconds: 60,
      })
      expect(await moveOne(store, succeed(late))).toBeNull()
      expect(await getRun(store, late.id)).toEqual(holder)
      expect(await moveOne(store, succeed(must(holder)))).toMatchObject({ state: 'succeeded', attempt: 2 })
    })

    it('when a cancel has been asked for, or has not', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const guarded = (guard: MoveGuard): Move => ({ ...fail(run), guard })
      expect(await moveOne(store, guarded({ cancelRequested: true }))).toBeNull()
      expect(await moveOne(store, requestCancel(run.id))).not.toBeNull()
      expect(await moveOne(store, requestCancel(run.id))).toBeNull()
      expect(await moveOne(store, guarded({ cancelRequested: false }))).toBeNull()
      expect(await moveOne(store, guarded({ cancelRequested: true }))).toMatchObject({ state: 'failed' })
    })

    it('when the run did not fail in the way named, so that only a lost one is recovered', async () => {
      const { store } = at()
      const [plain, lost] = await startRuns(store, newRuns(2, { projectId: unique('p') }))
      await store.runs.move([fail(must(plain)), fail(must(lost), { errorCode: 'lost' })])
      const recover = (run: { id: string; fence: number }): Move => ({
        ...succeed(run, { errorCode: null, error: null }),
        from: ['failed'],
        guard: { fence: run.fence, errorCode: 'lost' },
        events: [{ type: 'run.recovered', data: {} }],
      })
      const [no, yes] = await store.runs.move([recover(must(plain)), recover(must(lost))])
      expect(no).toBeNull()
      expect(yes).toMatchObject({ state: 'succeeded', errorCode: null, error: null })
    })

    it('when its files are elsewhere', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await moveOne(store, fail(run))
      await store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${run.id}'`)
      expect(await moveOne(store, retry(run.id, { storageState: 'active' }))).toBeNull()
      expect(await moveOne(store, retry(run.id, { storageState: 'archived' }))).toMatchObject({
        state: 'queued',
      })
    })

    it('when it is of another project', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [own, system] = await enqueue(store, newRun({ projectId }), newRun())
      const guarded = (id: string, guard: MoveGuard): Move => ({ ...cancel(id), guard })
      expect(await moveOne(store, guarded(must(own).id, { projectId: unique('p') }))).toBeNull()
      expect(await moveOne(store, guarded(must(system).id, { projectId }))).toBeNull()
      expect(await moveOne(store, guarded(must(own).id, { projectId }))).toMatchObject({
        state: 'canceled',
      })
    })
  })
}
