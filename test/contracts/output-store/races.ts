import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { appendSizes } from '../log-steps.ts'
import { commitAll, FOUND, newOutput } from '../output-steps.ts'
import { getRun, moveOne, startRun, succeed } from '../steps.ts'

export function outputRaces(engine: Engine): void {
  describe('races for outputs', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })

    it('20 that reserve one path all have it, and one of them is noted', async () => {
      const { store } = at()
      const run = await started()
      const stores = await at().several(4)
      const asked = Array.from({ length: 20 }, (_, n) => newOutput(run, 'a', { uploadId: `upload-${n}` }))
      const reserved = await Promise.all(asked.map((one, n) => must(stores[n % 4]).outputs.reserve(one)))
      for (const [n, one] of reserved.entries()) expect(one).toMatchObject(must(asked[n]))
      expect(reserved).toContainEqual(await store.outputs.get(run.id, 1, 'a'))
    })

    it('20 commits of one file count it once, and all are told the same', async () => {
      const { store } = at()
      const stores = await at().several(4)
      const run = await started()
      for (const [n, path] of ['a', 'b', 'c'].entries()) {
        const reserved = must(await store.outputs.reserve(newOutput(run, path)))
        const told = await Promise.all(
          Array.from({ length: 20 }, (_, n) =>
            must(stores[n % 4]).outputs.commit(reserved, { ...FOUND, etag: `${n}` }),
          ),
        )
        const committed = must(await store.outputs.get(run.id, 1, path))
        expect(told).toEqual(told.map(() => committed))
        expect(await getRun(store, run.id)).toMatchObject({ outputCount: n + 1, outputBytes: 10 * (n + 1) })
      }
    })

    it('a commit and another reservation: what is committed stays', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const run = await started()
        const { runId, fence, path } = must(await store.outputs.reserve(newOutput(run, 'a')))
        const [committed, again] = await Promise.all([
          must(one).outputs.commit({ runId, fence, path }, FOUND),
          must(two).outputs.reserve(newOutput(run, 'a', { bytes: 99 })),
        ])
        expect(must(committed)).toMatchObject({ ...FOUND, path: 'a' })
        expect(await store.outputs.get(run.id, 1, 'a')).toEqual(committed)
        expect([FOUND.bytes, 99]).toContain(must(again).bytes)
      }
    })

    it('commits, chunks and heartbeats at once are all counted', async () => {
      const { store } = at()
      const run = await started()
      const stores = await at().several(4)
      const beat = { id: run.id, fence: 1, leaseSeconds: 60, actor: 'w', progress: 50 }
      await Promise.all([
        ...stores.map((each, n) => commitAll(each, run, `${n}/a`, `${n}/b`, `${n}/c`)),
        appendSizes(must(stores[0]), run, 1, 2, 3, 4, 5),
        ...stores.map((each) => each.runs.beat([beat])),
      ])
      expect(await getRun(store, run.id)).toMatchObject({
        outputCount: 12,
        outputBytes: 120,
        logBytes: 15,
        progress: 50,
      })
    })

    it('a commit and the end of its run: it is counted, or refused', async () => {
      const { store } = at()
      const [one, two] = await at().several(2)
      for (let round = 0; round < 20; round++) {
        const run = await started()
        const reserved = must(await store.outputs.reserve(newOutput(run, 'a')))
        const [committed] = await Promise.all([
          must(one).outputs.commit(reserved, FOUND),
          moveOne(must(two), succeed(run)),
        ])
        const outputCount = committed === null ? 0 : 1
        expect(await getRun(store, run.id)).toMatchObject({ state: 'succeeded', outputCount })
        expect(await store.outputs.get(run.id, 1, 'a')).toEqual(committed ?? reserved)
      }
    })
  })
}
