import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import { newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { appendSizes, claimAgain, moved } from '../log-steps.ts'
import { fail, requestCancel, startRun, startRuns, succeed, sweepBack } from '../steps.ts'

const WAIT = 600

export function compactableContract(engine: Engine): void {
  describe('compactable', () => {
    const at = useHarness(engine)
    /** A run with 30 bytes of log. */
    const withLog = async () => {
      const run = await startRun(at().store, { projectId: unique('p') })
      await appendSizes(at().store, run, 10, 20)
      return run
    }
    const isCompactable = async (run: { id: string }) => (await allOf(at().store)).includes(run.id)
    const cover = (run: { id: string }, objectBytes: number) =>
      at().store.logs.setObject(run.id, { logFile: 'logs/x.log', objectBytes, previousObjectBytes: 0 })

    it('is a run that has ended, however it did, whose holder did not say where its log ends', async () => {
      const { store } = at()
      const runs = [await withLog(), await withLog(), await withLog()] as const
      for (const run of runs) expect(await isCompactable(run)).toBe(false)
      await moved(store, succeed(runs[0]))
      await moved(store, fail(runs[1]))
      await moved(store, fail(runs[2], { state: 'canceled', errorCode: 'canceled' }))
      for (const run of runs) expect(await isCompactable(run)).toBe(true)
    })

    it('is a run whose whole log has come, and one of which a part is missing: it has no holder any more', async () => {
      for (const logFinalOffset of [30, 31]) {
        const run = await withLog()
        await moved(at().store, succeed(run, { logFinalOffset }))
        expect(await isCompactable(run)).toBe(true)
      }
    })

    it('is a run that is called lost only after the wait for its holder', async () => {
      const { store, shift } = at()
      const run = await withLog()
      await moved(store, fail(run, { errorCode: 'lost' }))
      expect(await isCompactable(run)).toBe(false)
      await shift([run.id], 'finishedAt', -WAIT + 100)
      expect(await isCompactable(run)).toBe(false)
      await shift([run.id], 'finishedAt', -200)
      expect(await isCompactable(run)).toBe(true)
    })

    it('is not a run that goes on, also when a cancel is asked for or its lease ran out', async () => {
      const { store, shift } = at()
      const run = await withLog()
      await moved(store, requestCancel(run.id))
      await shift([run.id], 'leaseExpiresAt', -10_000)
      expect(await isCompactable(run)).toBe(false)
    })

    it('is not a run that waits for its next attempt, nor one in that attempt', async () => {
      const { store, shift } = at()
      const run = await withLog()
      await shift([run.id], 'leaseExpiresAt', -10_000)
      await moved(store, sweepBack(run.id))
      expect(await isCompactable(run)).toBe(false)
      await claimAgain(store, run)
      expect(await isCompactable(run)).toBe(false)
    })

    it('is not a run without chunks, or whose chunks are forgotten', async () => {
      const { store } = at()
      const none = await startRun(store, { projectId: unique('p') })
      await moved(store, succeed(none))
      expect(await isCompactable(none)).toBe(false)
      const run = await withLog()
      await moved(store, succeed(run))
      await cover(run, 30)
      expect(await isCompactable(run)).toBe(true)
      await store.logs.forgetChunks(run.id)
      expect(await isCompactable(run)).toBe(false)
    })

    it('is a run with chunks that its object covers already, unless it waits in the queue', async () => {
      const { store, shift } = at()
      const ended = await withLog()
      await moved(store, succeed(ended, { logFinalOffset: 99 }))
      await cover(ended, 30)
      expect(await isCompactable(ended)).toBe(true)
      const going = await withLog()
      await cover(going, 30)
      await appendSizes(store, going, 5)
      expect(await isCompactable(going)).toBe(true)
      await shift([going.id], 'leaseExpiresAt', -10_000)
      await moved(store, sweepBack(going.id))
      expect(await isCompactable(going)).toBe(false)
    })

    it('are told page by page, each once, in order of their ids', async () => {
      const { store } = at()
      await store.raw('DELETE FROM log_chunks')
      const runs = await startRuns(store, newRuns(12, { projectId: unique('p') }))
      for (const run of runs) await appendSizes(store, run, 10, 20, 30)
      const ended = runs.filter((_, n) => n % 4 !== 1)
      for (const run of ended) await moved(store, succeed(run))
      const ids = ended.map(({ id }) => id).toSorted()
      for (const limit of [1, 2, 4, 9, 100]) expect(await allOf(store, limit)).toEqual(ids)
    })

    it('leave out chunks whose run is gone', async () => {
      const { store } = at()
      const run = await withLog()
      await moved(store, succeed(run))
      await store.raw(`DELETE FROM runs WHERE id = '${run.id}'`)
      expect(await isCompactable(run)).toBe(false)
    })
  })
}

async function allOf(store: OpenStore, limit = 50): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const page = await store.logs.compactable({
      ...(all.length > 0 ? { afterRunId: must(all.at(-1)) } : {}),
      lostWaitSeconds: WAIT,
      limit,
    })
    expect(page.length).toBeLessThanOrEqual(limit)
    if (page.length === 0) return all
    all.push(...page)
  }
}
