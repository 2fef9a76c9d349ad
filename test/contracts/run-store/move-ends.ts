import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { enqueue, expectWellFormed, fail, moveOne, retry, startRun, succeed, sweepBack } from '../steps.ts'

export function moveEndsContract(engine: Engine): void {
  describe('a move back to the queue', () => {
    const at = useHarness(engine)

    it('forgets holder, start, end, heartbeat and pid, and keeps fence, folder and start order', async () => {
      const { store, shift } = at()
      const started = { workerId: 'w', leaseSeconds: 60, startedAt: null, pid: 77 }
      const [run] = await enqueue(store, newRun({ projectId: unique('p'), started, maxAttempts: 3 }))
      const { id, fence, folderName } = must(run)
      await store.runs.beat([{ id, fence, leaseSeconds: 60, actor: 'w', progress: 30 }])
      await shift([id], 'leaseExpiresAt', -100)
      const queued = must(await moveOne(store, sweepBack(id)))
      expect(queued).toMatchObject({
        state: 'queued',
        claimedBy: null,
        claimedAt: null,
        startedAt: null,
        pid: null,
      })
      expect(queued).toMatchObject({
        finishedAt: null,
        heartbeatAt: null,
        leaseExpiresAt: null,
        durationMs: null,
      })
      expect(queued).toMatchObject({ fence: 1, attempt: 1, folderName, errorCode: 'lost' })
      expectWellFormed(queued)
    })

    it('may be told so in as many words', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const patch = { state: 'queued', startedAt: null, finishedAt: null } as const
      const queued = must(await moveOne(store, fail(run, patch)))
      expect(queued).toMatchObject({ state: 'queued', startedAt: null, finishedAt: null, claimedBy: null })
    })

    it('takes a failed run too', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await moveOne(store, fail(run))
      const queued = must(await moveOne(store, retry(run.id)))
      expect(queued).toMatchObject({
        state: 'queued',
        attempt: 0,
        error: null,
        finishedAt: null,
        startedAt: null,
      })
      expectWellFormed(queued)
    })

    it('waits as long as runAt says, by the store’s clock', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId })
      const patch = { state: 'queued', finishedAt: null, runAt: { inMs: 30_000 } } as const
      const queued = must(await moveOne(store, fail(run, patch)))
      expect(Date.parse(queued.runAt) - Date.parse(queued.updatedAt)).toBeCloseTo(30_000, -2)
      expect(await store.runs.hasDue({ projectId })).toBe(false)
    })
  })

  describe('a move keeps finishedAt', () => {
    const at = useHarness(engine)

    it('where the patch puts it', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await shift([run.id], 'startedAt', -100)
      const finishedAt = new Date(Date.parse(run.startedAt) - 50_000).toISOString()
      expect(await moveOne(store, succeed(run, { finishedAt: { at: finishedAt } }))).toMatchObject({
        finishedAt,
      })
    })

    it('not before the start', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const moved = await moveOne(store, succeed(run, { finishedAt: { at: '2020-01-01T00:00:00.000Z' } }))
      expect(moved).toMatchObject({ finishedAt: run.startedAt, durationMs: 0 })
    })

    it('not after now', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const moved = must(
        await moveOne(store, succeed(run, { finishedAt: { at: '2090-01-01T00:00:00.000Z' } })),
      )
      expect(moved.finishedAt).toBe(moved.updatedAt)
    })
  })
}
