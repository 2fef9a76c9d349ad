import { describe, expect, it } from 'vitest'
import { newRun, unique } from '../../support/make.ts'
import { type Engine, useHarness } from '../harness.ts'
import { appendSizes, chunksOf, newChunk, nextAttempt } from '../log-steps.ts'
import { startRun } from '../steps.ts'

export function chunksContract(engine: Engine): void {
  describe('chunks', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })

    it('begin with the one that holds the position asked for', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10, 20, 30)
      const from = async (position: number) =>
        (await store.logs.chunks(run.id, position, 100)).map((chunk) => chunk.position)
      expect(await from(0)).toEqual([0, 10, 30])
      expect(await from(9)).toEqual([0, 10, 30])
      expect(await from(10)).toEqual([10, 30])
      expect(await from(29)).toEqual([10, 30])
      expect(await from(30)).toEqual([30])
      expect(await from(59)).toEqual([30])
      expect(await from(60)).toEqual([])
      expect(await from(2 ** 40)).toEqual([])
    })

    it('are read page by page, over all attempts, with each once', async () => {
      const { store } = at()
      const first = await started()
      await appendSizes(store, first, ...sizes(12))
      await store.logs.append(newChunk(first, sum(sizes(12)), { sentBytes: 5, bytes: 0, objectKey: null }))
      const second = await nextAttempt(store, first)
      await appendSizes(store, second, ...sizes(13))
      const all = await chunksOf(store, first)
      expect(all).toHaveLength(25)
      for (const limit of [1, 7, 25]) {
        const seen = []
        for (let position = 0; ; ) {
          const page = await store.logs.chunks(first.id, position, limit)
          expect(page.length).toBeLessThanOrEqual(limit)
          const last = page.at(-1)
          if (last === undefined) break
          seen.push(...page)
          position = last.position + last.bytes
        }
        expect(seen).toEqual(all)
      }
    })

    it('where the first ones are gone begin with the first that is left', async () => {
      const { store } = at()
      const run = await started()
      await appendSizes(store, run, 10, 20)
      await store.logs.setObject(run.id, { logFile: 'logs/x.log', objectBytes: 30, previousObjectBytes: 0 })
      await store.logs.forgetChunks(run.id)
      await appendSizes(store, run, 5, 5)
      for (const position of [0, 15, 30, 34])
        expect(await store.logs.chunks(run.id, position, 1)).toMatchObject([{ position: 30, offset: 30 }])
      expect(await store.logs.lastChunk(run.id, 1)).toMatchObject({ position: 35 })
    })

    it('are of one run only; of one that has none, none', async () => {
      const { store } = at()
      const [one, other] = [await started(), await started()]
      await appendSizes(store, one, 10)
      await appendSizes(store, other, 20, 30)
      expect(await chunksOf(store, one)).toMatchObject([{ runId: one.id, bytes: 10 }])
      expect(await chunksOf(store, await started())).toEqual([])
      expect(await chunksOf(store, newRun())).toEqual([])
    })
  })
}

const sizes = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const sum = (all: number[]) => all.reduce((total, each) => total + each, 0)
