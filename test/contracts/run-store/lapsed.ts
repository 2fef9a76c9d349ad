import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../lib/run/limits.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { enqueue, getRun, moveOne, requestCancel, startRun, startRuns, succeed, sweepBack } from '../steps.ts'

const GRACE = LIMITS.timeoutGraceSeconds

export function lapsedContract(engine: Engine): void {
  describe('lapsed', () => {
    const at = useHarness(engine)

    const whyLapsed = async (id: string) => {
      const all = await at().store.runs.lapsed(1_000)
      return all.find((lapsed) => lapsed.run.id === id)?.why ?? null
    }

    it('lists a run whose lease ran out as lost, and lets it be swept', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      expect(await whyLapsed(run.id)).toBeNull()
      expect(await moveOne(store, sweepBack(run.id))).toBeNull()
      await shift([run.id], 'leaseExpiresAt', -61)
      expect(await whyLapsed(run.id)).toBe('lost')
      expect(await moveOne(store, sweepBack(run.id))).toMatchObject({ state: 'queued' })
      expect(await whyLapsed(run.id)).toBeNull()
    })

    it('lists a run past its timeout and grace as timed out, also under a live lease', async () => {
      const { store, shift } = at()
      const run = await startRun(
        store,
        { projectId: unique('p'), timeoutSeconds: 100 },
        { leaseSeconds: 3_600 },
      )
      await shift([run.id], 'startedAt', -100 - GRACE + 5)
      expect(await whyLapsed(run.id)).toBeNull()
      expect(await moveOne(store, sweepBack(run.id))).toBeNull()
      await shift([run.id], 'startedAt', -6)
      expect(await whyLapsed(run.id)).toBe('timeout')
      expect(await moveOne(store, sweepBack(run.id))).toMatchObject({ state: 'queued' })
    })

    it('lists a run without a lease only for its timeout', async () => {
      const { store, shift } = at()
      const started = { workerId: 'log-start', leaseSeconds: null, startedAt: null, pid: null }
      const [endless, timed] = await enqueue(
        store,
        newRun({ started }),
        newRun({ started, timeoutSeconds: 10 }),
      )
      await shift([must(endless).id, must(timed).id], 'startedAt', -1_000)
      expect(await whyLapsed(must(endless).id)).toBeNull()
      expect(await moveOne(store, sweepBack(must(endless).id))).toBeNull()
      expect(await whyLapsed(must(timed).id)).toBe('timeout')
    })

    it('gives the runs as they are', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await shift([run.id], 'leaseExpiresAt', -100)
      const lapsed = (await store.runs.lapsed(1_000)).find((each) => each.run.id === run.id)
      expect(lapsed).toEqual({ run: await getRun(store, run.id), why: 'lost' })
    })

    it('lists those first that lapsed longest ago, and no more than asked for', async () => {
      const { store, shift } = at()
      const runs = await startRuns(store, newRuns(4, { projectId: unique('p') }))
      const [a, b, c, d] = runs.map((run) => run.id) as [string, string, string, string]
      await shift([a], 'leaseExpiresAt', -70_000)
      await shift([b], 'leaseExpiresAt', -90_000)
      await shift([c], 'leaseExpiresAt', -60_000)
      await shift([d], 'leaseExpiresAt', -80_000)
      expect((await store.runs.lapsed(3)).map((lapsed) => lapsed.run.id)).toEqual([b, d, a])
      await store.runs.move(runs.map((run) => succeed(run)))
    })

    it('orders lost and timed out runs together', async () => {
      const { store, shift } = at()
      const startedAt = new Date(Date.now() - 990_000_000).toISOString()
      const started = { workerId: 'w', leaseSeconds: null, startedAt, pid: null }
      const [a, b, c, d] = (
        await enqueue(
          store,
          newRun({ started: { ...started, leaseSeconds: 60 } }),
          newRun({ started, timeoutSeconds: 790_000 }),
          newRun({ started: { ...started, leaseSeconds: 60 }, timeoutSeconds: 890_000 }),
          newRun({ started, timeoutSeconds: 490_000 }),
        )
      ).map((run) => run.id) as [string, string, string, string]
      await shift([a], 'leaseExpiresAt', -300_000)
      expect((await store.runs.lapsed(4)).map(({ run, why }) => [run.id, why])).toEqual([
        [d, 'timeout'],
        [a, 'lost'],
        [b, 'timeout'],
        [c, 'timeout'],
      ])
      await store.runs.move([a, b, c, d].map((id) => ({ ...succeed({ id, fence: 1 }), guard: {} })))
    })

    it('is nothing to a run that completed or was extended in between', async () => {
      const { store, shift } = at()
      const [done, extended] = await startRuns(store, newRuns(2, { projectId: unique('p') }))
      const ids = [must(done).id, must(extended).id] as const
      await shift([...ids], 'leaseExpiresAt', -100)
      await shift([...ids], 'heartbeatAt', -100)
      expect(await whyLapsed(ids[0])).toBe('lost')
      await moveOne(store, succeed(must(done)))
      await store.runs.beat([{ id: ids[1], fence: 1, leaseSeconds: 60, actor: 'worker-1' }])
      expect(await store.runs.move([sweepBack(ids[0]), sweepBack(ids[1])])).toEqual([null, null])
      expect(await getRun(store, ids[0])).toMatchObject({ state: 'succeeded' })
      expect(await getRun(store, ids[1])).toMatchObject({ state: 'running' })
    })

    it('leaves a run whose cancel was asked for out of the queue', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p'), maxAttempts: 9 })
      await moveOne(store, requestCancel(run.id))
      await shift([run.id], 'leaseExpiresAt', -100)
      expect(await whyLapsed(run.id)).toBe('lost')
      expect(await moveOne(store, sweepBack(run.id, { cancelRequested: false }))).toBeNull()
      expect(await getRun(store, run.id)).toMatchObject({ state: 'running' })
    })
  })
}
