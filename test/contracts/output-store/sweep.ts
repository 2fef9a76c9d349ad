import { describe, expect, it } from 'vitest'
import { BEING_SWEPT, type Output, type OutputPosition } from '../../../lib/ports/output-store.ts'
import { unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { moved, nextAttempt } from '../log-steps.ts'
import { commitAll, FOUND, newOutput } from '../output-steps.ts'
import { getRun, startRun, succeed } from '../steps.ts'

export function sweepContract(engine: Engine): void {
  describe('sweeping reservations', () => {
    const at = useHarness(engine)
    const started = () => startRun(at().store, { projectId: unique('p') })
    const reserve = async (run: { id: string; fence: number }, path: string) =>
      must(await at().store.outputs.reserve(newOutput(run, path, { uploadId: 'upload-1' })))
    const get = ({ runId, fence, path }: Output) => at().store.outputs.get(runId, fence, path)

    it('keeps one that is being swept from being committed, until it is reserved anew', async () => {
      const { outputs } = at().store
      const run = await started()
      const reserved = await reserve(run, 'a')
      const swept = must(await outputs.startSweep(reserved))
      expect(swept).toEqual({ ...reserved, createdAt: BEING_SWEPT })
      expect(await get(reserved)).toEqual(swept)
      const { runId, fence, path } = reserved
      for (const of of [reserved, swept, { runId, fence, path }])
        expect(await outputs.commit(of, FOUND)).toBeNull()
      expect(await getRun(at().store, run.id)).toEqual(run)
      const again = await reserve(run, 'a')
      expect(again.createdAt >= reserved.createdAt).toBe(true)
      expect(await outputs.commit(again, FOUND)).toMatchObject(FOUND)
    })

    it('begins of what is as it was read alone, as often as it is asked', async () => {
      const { outputs } = at().store
      const run = await started()
      const first = await reserve(run, 'a')
      const second = await reserve(run, 'a')
      expect(await outputs.startSweep(first)).toBeNull()
      expect(await get(first)).toEqual(second)
      const swept = must(await outputs.startSweep(second))
      expect(await outputs.startSweep(second)).toBeNull()
      expect(await outputs.startSweep(swept)).toEqual(swept)
      const [committed] = await commitAll(at().store, run, 'b')
      expect(await outputs.startSweep(must(committed))).toBeNull()
      expect(await outputs.startSweep({ ...first, path: 'c' })).toBeNull()
      await moved(at().store, succeed(run))
      expect(await outputs.startSweep(swept)).toEqual(swept)
    })

    it('forgets what is as it was read alone', async () => {
      const { outputs } = at().store
      const run = await started()
      const swept = must(await outputs.startSweep(await reserve(run, 'a')))
      const again = await reserve(run, 'a')
      await outputs.forget([swept])
      expect(await get(again)).toEqual(again)
      await outputs.forget([again])
      expect(await get(again)).toBeNull()
    })

    it('renews what is as it was read alone', async () => {
      const { outputs } = at().store
      const run = await started()
      const first = await reserve(run, 'a')
      const second = must(await outputs.reserve({ ...first, bytes: 99 }))
      expect(second).toMatchObject({ bytes: 99, uploadId: 'upload-1' })
      expect(second.createdAt > first.createdAt).toBe(true)
      expect(await outputs.reserve({ ...first, uploadId: null })).toBeNull()
      expect(await outputs.reserve({ ...first, path: 'b' })).toBeNull()
      expect(await get(first)).toEqual(second)
      const committed = must(await outputs.commit(second, FOUND))
      expect(await outputs.reserve(first)).toEqual(committed)
      await moved(at().store, succeed(run))
      expect(await outputs.reserve(second)).toBeNull()
      expect(await get(first)).toEqual(committed)
    })

    it('finds every one once, page after page, those that are being swept first', async () => {
      const { store } = at()
      const first = await started()
      for (const path of ['a', 'b']) await reserve(first, path)
      const second = await nextAttempt(store, first)
      for (const path of ['a', 'b', 'c']) await reserve(second, path)
      await store.raw(
        `UPDATE outputs SET "createdAt" = '2020-01-02T03:04:05.678Z' WHERE "runId" = '${first.id}'`,
      )
      const last = must(await store.outputs.get(first.id, 2, 'c'))
      await store.outputs.startSweep(last)
      const found: string[] = []
      let after: OutputPosition | undefined
      for (;;) {
        const asked = { olderThanSeconds: 3_600, limit: 1, ...(after === undefined ? {} : { after }) }
        const [output] = await store.outputs.abandoned(asked)
        if (output === undefined) break
        if (output.runId === first.id) found.push(`${output.path}${output.fence}`)
        after = output
      }
      expect(found).toEqual(['c2', 'a1', 'a2', 'b1', 'b2'])
    })
  })
}
