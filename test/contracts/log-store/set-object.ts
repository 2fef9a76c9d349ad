import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { appendSizes, chunksOf, newChunk, nextAttempt, stateOf } from '../log-steps.ts'
import { expectWellFormed, getRun, moveOne, startRun, succeed } from '../steps.ts'

export function setObjectContract(engine: Engine): void {
  describe('the log object', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })
    const covering = (objectBytes: number, previousObjectBytes = 0) => ({
      logFile: 'logs/1-2-x.log.gz',
      objectBytes,
      previousObjectBytes,
    })

    it('is set, shown in the run, and covers what is then forgotten', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10, 20)
      await moveOne(store, succeed(run))
      expect(await store.logs.setObject(run.id, covering(30))).toBe(true)
      expect(await stateOf(store, run)).toMatchObject({ logFile: 'logs/1-2-x.log.gz', objectBytes: 30 })
      const shown = await getRun(store, run.id)
      expectWellFormed(shown)
      expect(shown).toMatchObject({ logFile: 'logs/1-2-x.log.gz', logBytes: 30 })
      expect(await chunksOf(store, run)).toHaveLength(2)
      expect(await store.logs.forgetChunks(run.id)).toBe(2)
      expect(await store.logs.forgetChunks(run.id)).toBe(0)
      expect(await chunksOf(store, run)).toEqual([])
      expect(await stateOf(store, run)).toMatchObject({ bytes: 30, nextOffset: 30, objectBytes: 30 })
    })

    it('is not set where the log has grown, or is shorter than that', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10, 20)
      for (const bytes of [10, 29, 31])
        expect(await store.logs.setObject(run.id, covering(bytes))).toBe(false)
      expect(await stateOf(store, run)).toMatchObject({ logFile: null, objectBytes: 0 })
      expect(await store.logs.forgetChunks(run.id)).toBe(0)
      expect(await chunksOf(store, run)).toHaveLength(2)
    })

    it('may end with a mark in place of what never came', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      await moveOne(store, succeed(run, { logFinalOffset: 99 }))
      expect(await store.logs.setObject(run.id, { ...covering(17), markBytes: 8 })).toBe(false)
      expect(await store.logs.setObject(run.id, { ...covering(17), markBytes: 7 })).toBe(true)
      const now = { bytes: 17, objectBytes: 17, nextOffset: 99, finalOffset: 99 }
      expect(await stateOf(store, run)).toMatchObject(now)
      expect(await store.logs.forgetChunks(run.id)).toBe(1)
    })

    it('is not set where somebody has said more since', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      expect(await store.logs.setObject(run.id, covering(10))).toBe(true)
      expect(await store.logs.setObject(run.id, covering(10))).toBe(false)
      await appendSizes(store, run, 5)
      expect(await store.logs.setObject(run.id, covering(15, 0))).toBe(false)
      expect(await store.logs.setObject(run.id, covering(15, 10))).toBe(true)
      expect(await stateOf(store, run)).toMatchObject({ objectBytes: 15 })
    })

    it('of an earlier attempt is extended by the next one', async () => {
      const { store } = at()
      const first = await started()
      await appendSizes(store, first, 10, 20)
      await store.logs.setObject(first.id, covering(30))
      await store.logs.forgetChunks(first.id)
      const second = await nextAttempt(store, first)
      await appendSizes(store, second, 5)
      expect(await store.logs.forgetChunks(first.id)).toBe(0)
      expect(await chunksOf(store, first)).toMatchObject([{ fence: 2, offset: 0, position: 30 }])
      expect(await store.logs.setObject(first.id, covering(35, 30))).toBe(true)
      expect(await store.logs.forgetChunks(first.id)).toBe(1)
    })

    it('of a run that is not there is neither set nor forgotten', async () => {
      const { store } = at()
      expect(await store.logs.setObject(newRun().id, covering(0))).toBe(false)
      expect(await store.logs.forgetChunks(newRun().id)).toBe(0)
    })

    it('is set by one of 20 that say so at once', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10)
      const stores = await at().several(4)
      const said = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          must(stores[n % 4]).logs.setObject(run.id, { ...covering(10), logFile: `logs/${n}.log` }),
        ),
      )
      expect(said.filter((won) => won)).toHaveLength(1)
      expect((await stateOf(store, run)).logFile).toBe(`logs/${said.indexOf(true)}.log`)
    })

    it('never covers a chunk that came meanwhile', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const run = await started()
        await appendSizes(store, run, 10)
        const [grown, isSet] = await Promise.all([
          must(one).logs.append(newChunk(run, 10)),
          must(two).logs.setObject(run.id, covering(10)),
        ])
        expect(grown).toMatchObject({ bytes: 20 })
        expect(await stateOf(store, run)).toMatchObject({ bytes: 20, objectBytes: isSet ? 10 : 0 })
        expect(await store.logs.forgetChunks(run.id)).toBe(isSet ? 1 : 0)
        expect((await chunksOf(store, run)).at(-1)).toMatchObject({ position: 10 })
      }
    })
  })
}
