import { describe, expect, it } from 'vitest'
import type { Beat } from '../../../lib/ports/run-store.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { enqueue, eventsOf, getRun, moveOne, requestCancel, startRun, startRuns, succeed } from '../steps.ts'

export function beatContract(engine: Engine): void {
  describe('beat', () => {
    const at = useHarness(engine)

    /** As if the last heartbeat had been a while ago, so that the next one is written. */
    const rest = (...ids: string[]) => at().shift(ids, 'heartbeatAt', -3)

    it('extends the lease by the seconds asked for, from now', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await rest(run.id)
      await shift([run.id], 'claimedAt', -30)
      await shift([run.id], 'leaseExpiresAt', -30)
      const [answer] = await store.runs.beat([beat(run, { leaseSeconds: 600 })])
      const now = await getRun(store, run.id)
      expect(answer).toEqual({ leaseExpiresAt: now.leaseExpiresAt, cancelRequested: false })
      expect(Date.parse(must(now.leaseExpiresAt)) - Date.parse(must(now.heartbeatAt))).toBe(600_000)
      expect(now).toMatchObject({ state: 'running', fence: 1, progress: 0 })
    })

    it('writes progress and message', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await store.runs.beat([beat(run, { progress: 42, message: 'page 7 of 16' })])
      expect(await getRun(store, run.id)).toMatchObject({ progress: 42, progressMessage: 'page 7 of 16' })
      await rest(run.id)
      await store.runs.beat([beat(run)])
      expect(await getRun(store, run.id)).toMatchObject({ progress: 42, progressMessage: 'page 7 of 16' })
    })

    it('still holds a lease that ran out and was not taken away', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await rest(run.id)
      await shift([run.id], 'leaseExpiresAt', -500)
      const [answer] = await store.runs.beat([beat(run)])
      expect(answer).toMatchObject({ cancelRequested: false })
      expect((await store.runs.lapsed(1_000)).filter((lapsed) => lapsed.run.id === run.id)).toEqual([])
    })

    it('gives null for a fence that is not the holder’s, and changes nothing', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await rest(run.id)
      const before = await getRun(store, run.id)
      const answers = await store.runs.beat([
        beat(run, { fence: 0, progress: 9 }),
        beat(run, { fence: 2, progress: 9 }),
      ])
      expect(answers).toEqual([null, null])
      expect(await getRun(store, run.id)).toEqual(before)
    })

    it('gives null once the run has ended, and for a run without a lease', async () => {
      const { store } = at()
      const projectId = unique('p')
      const ended = await startRun(store, { projectId })
      await moveOne(store, succeed(ended))
      const started = { workerId: 'log-start', leaseSeconds: null, startedAt: null, pid: null }
      const [unleased, queued] = await enqueue(store, newRun({ projectId, started }), newRun({ projectId }))
      const beats = [
        beat(ended),
        beat(must(unleased)),
        beat(must(queued)),
        beat({ id: newRun().id, fence: 1 }),
      ]
      expect(await store.runs.beat(beats)).toEqual([null, null, null, null])
      expect(await getRun(store, ended.id)).toMatchObject({ state: 'succeeded', leaseExpiresAt: null })
      expect(await getRun(store, must(unleased).id)).toMatchObject({ leaseExpiresAt: null })
    })

    it('gives null for a run of another project than the one told', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId })
      const answers = await store.runs.beat([beat(run, { projectId: unique('p') })])
      expect(answers).toEqual([null])
      expect((await store.runs.beat([beat(run, { projectId })]))[0]).not.toBeNull()
    })

    it('does not take a run of the system for one of a project', async () => {
      const { store } = at()
      const started = { workerId: 'w', leaseSeconds: 60, startedAt: null, pid: null }
      const [run] = await enqueue(store, newRun({ started }))
      expect(await store.runs.beat([beat(must(run), { projectId: unique('p') })])).toEqual([null])
    })

    it('tells that a cancel was asked for, also when it writes nothing', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await store.runs.beat([beat(run, { progress: 1 })])
      await moveOne(store, requestCancel(run.id))
      expect(await store.runs.beat([beat(run)])).toMatchObject([{ cancelRequested: true }])
      await rest(run.id)
      expect(await store.runs.beat([beat(run)])).toMatchObject([{ cancelRequested: true }])
    })

    it('answers in the order asked', async () => {
      const { store } = at()
      const projectId = unique('p')
      const runs = await startRuns(store, newRuns(50, { projectId }))
      await rest(...runs.map((run) => run.id))
      const beats = runs.map((run, n) =>
        n % 5 === 0 ? beat(run, { fence: 7 }) : beat(run, { leaseSeconds: 100 + n }),
      )
      const answers = await store.runs.beat(beats.toReversed())
      const kept = await store.runs.get(runs.map((run) => run.id).toReversed())
      expect(answers.map((answer) => answer?.leaseExpiresAt ?? null)).toEqual(
        kept.map((run, n) => ((49 - n) % 5 === 0 ? null : run?.leaseExpiresAt)),
      )
      expect(await store.runs.beat([])).toEqual([])
    })

    it('answers both of two for one run in a call', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await rest(run.id)
      const answers = await store.runs.beat([beat(run), beat(run, { progress: 20 }), beat(run, { fence: 2 })])
      expect(answers.map((answer) => answer !== null)).toEqual([true, true, false])
    })

    describe('soon after the last one', () => {
      it('answers and writes nothing', async () => {
        const { store } = at()
        const run = await startRun(store, { projectId: unique('p') })
        await store.runs.beat([beat(run, { progress: 3 })])
        const before = await getRun(store, run.id)
        const [answer] = await store.runs.beat([
          beat(run, { progress: 50, message: 'late', leaseSeconds: 999 }),
        ])
        expect(answer).toEqual({ leaseExpiresAt: before.leaseExpiresAt, cancelRequested: false })
        expect(await getRun(store, run.id)).toEqual(before)
        expect(await progressEvents(run.id)).toEqual([])
      })

      it('writes again once two seconds have passed', async () => {
        const { store } = at()
        const run = await startRun(store, { projectId: unique('p') })
        await store.runs.beat([beat(run, { progress: 3 })])
        await rest(run.id)
        await store.runs.beat([beat(run, { progress: 4 })])
        expect(await getRun(store, run.id)).toMatchObject({ progress: 4 })
      })

      it('writes the first progress after the claim all the same', async () => {
        const { store } = at()
        const run = await startRun(store, { projectId: unique('p') })
        await store.runs.beat([beat(run)])
        await store.runs.beat([beat(run, { progress: 7, message: 'begun' })])
        expect(await getRun(store, run.id)).toMatchObject({ progress: 7, progressMessage: 'begun' })
      })
    })

    it('writes run.progress when another multiple of ten is passed', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      for (const progress of [5, 10, 19, 20, 47, 49, 100]) {
        await rest(run.id)
        await store.runs.beat([beat(run, { progress, actor: 'Ada' })])
      }
      const events = await progressEvents(run.id)
      expect(events.map((event) => event.data.progress)).toEqual([10, 20, 47, 100])
      expect(new Set(events.map((event) => event.actor))).toEqual(new Set(['Ada']))
    })

    const progressEvents = async (id: string) =>
      (await eventsOf(at().store, id)).filter((event) => event.type === 'run.progress')
  })
}

function beat(run: { id: string; fence: number }, overrides: Partial<Beat> = {}): Beat {
  return { id: run.id, fence: run.fence, leaseSeconds: 60, actor: 'worker-1', ...overrides }
}
