import { describe, expect, it } from 'vitest'
import type { Move } from '../../../lib/ports/run-store.ts'
import { toRunBrief } from '../../../lib/run/run-brief.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import {
  cancel,
  enqueue,
  eventsOf,
  eventTypes,
  expectWellFormed,
  fail,
  getRun,
  moveOne,
  requestCancel,
  retry,
  startRun,
  startRuns,
  succeed,
} from '../steps.ts'

export function moveContract(engine: Engine): void {
  describe('move', () => {
    const at = useHarness(engine)

    it('sets what the patch says, ends the lease and keeps who had it', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await shift([run.id], 'startedAt', -10)
      const patch = {
        outputRef: 's3://bucket/é',
        exitCode: 0,
        memoryPeakBytes: 5_000_000_000,
        cpuSeconds: 1.25,
        logFinalOffset: 6_000_000_000,
        progressMessage: 'done',
      }
      const moved = must(await moveOne(store, succeed(run, patch)))
      const { logFinalOffset, ...shown } = patch
      expect(moved).toMatchObject({ ...shown, state: 'succeeded', progress: 100, leaseExpiresAt: null })
      expect(await store.logs.state(run.id)).toMatchObject({ finalOffset: logFinalOffset, bytes: 0 })
      expect(moved).toMatchObject({ claimedBy: 'worker-1', claimedAt: run.claimedAt, attempt: 1, fence: 1 })
      expect(moved.durationMs).toBe(Date.parse(must(moved.finishedAt)) - Date.parse(must(moved.startedAt)))
      expect(moved.durationMs).toBeGreaterThanOrEqual(10_000)
      expectWellFormed(moved)
      expect(await getRun(store, run.id)).toEqual(moved)
    })

    it('answered briefly does the same, and tells it without texts', async () => {
      const { store } = at()
      const runs = await startRuns(
        store,
        newRuns(3, { projectId: unique('p'), input: 'text', labels: { a: 'b' } }),
      )
      const [first, second, third] = runs.map((run) => must(run))
      const moves = [
        succeed(must(first)),
        { ...succeed(must(second)), guard: { fence: 99, leased: true } } as const,
        fail(must(third)),
      ]
      const answers = await store.runs.moveBriefly(moves)
      const after = await store.runs.get(runs.map((run) => run.id))
      expect(answers).toEqual([toRunBrief(must(after[0])), null, toRunBrief(must(after[2]))])
      expect(after.map((run) => run?.state)).toEqual(['succeeded', 'running', 'failed'])
      expect(await eventTypes(store, must(first).id)).toEqual([
        'run.enqueued',
        'run.started',
        'run.succeeded',
      ])
    })

    it('leaves what the patch does not name, and sets what it names as null to null', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const failed = must(
        await moveOne(store, fail(run, { error: 'broken', exitCode: 3, progressMessage: 'half' })),
      )
      const only: Move = {
        id: run.id,
        from: ['failed'],
        patch: { exitCode: null },
        events: [],
        actor: 'test',
      }
      const { updatedAt: _before, ...rest } = failed
      const { updatedAt: _after, ...patched } = must(await moveOne(store, only))
      expect(patched).toEqual({ ...rest, exitCode: null })
    })

    it('adds labels to those the run has, and replaces those of the same name', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p'), labels: { team: 'data', env: 'test' } })
      const labels = { env: 'live', 'api calls': '4"2' }
      const moved = must(await moveOne(store, succeed(run, { labels })))
      expect(moved.labels).toEqual({ team: 'data', ...labels })
      expect(await getRun(store, run.id)).toEqual(moved)
    })

    it('notes when the run was changed', async () => {
      const { store, shift } = at()
      const run = await startRun(store, { projectId: unique('p') })
      await shift([run.id], 'updatedAt', -100)
      const before = await getRun(store, run.id)
      const moved = must(await moveOne(store, succeed(run)))
      expect(moved.updatedAt > before.updatedAt).toBe(true)
      expect(moved.createdAt).toBe(run.createdAt)
    })

    it('writes its events in order, in the same transaction', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const events: Move['events'] = [
        { type: 'run.lost', data: { fence: 1 } },
        { type: 'run.failed', data: { error: 'gone “away”', nested: { list: [1, null] } } },
      ]
      const moved = must(await moveOne(store, { ...fail(run), events, actor: 'system' }))
      const written = (await eventsOf(store, run.id)).slice(2)
      expect(written.map(({ type, actor, data }) => ({ type, actor, data }))).toEqual(
        events.map((event) => ({ ...event, actor: 'system' })),
      )
      expect(written.map((event) => event.at)).toEqual([moved.updatedAt, moved.updatedAt])
    })

    it('happens only from one of the states named', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      expect(await moveOne(store, cancel(run.id))).toBeNull()
      expect(await moveOne(store, retry(run.id))).toBeNull()
      expect(await getRun(store, run.id)).toEqual(run)
      expect(await eventTypes(store, run.id)).toEqual(['run.enqueued', 'run.started'])
    })

    it('gives null for a run there is none of, and writes nothing about it', async () => {
      const { store } = at()
      const { id } = newRun()
      expect(await moveOne(store, cancel(id))).toBeNull()
      expect(await eventsOf(store, id)).toEqual([])
    })

    it('answers in the order asked, each move by itself', async () => {
      const { store } = at()
      const projectId = unique('p')
      const runs = await startRuns(store, newRuns(40, { projectId }))
      const moves = runs.map((run, n) => {
        if (n % 4 === 0) return { ...succeed(run), guard: { fence: 9 } }
        return n % 4 === 1 ? fail(run, { error: `no ${n}` }) : succeed(run, { outputRef: `out ${n}` })
      })
      const answers = await store.runs.move(moves.toReversed())
      expect(answers.map((run) => run && [run.id, run.state, run.error ?? run.outputRef])).toEqual(
        runs
          .map((run, n) => {
            if (n % 4 === 0) return null
            return n % 4 === 1 ? [run.id, 'failed', `no ${n}`] : [run.id, 'succeeded', `out ${n}`]
          })
          .toReversed(),
      )
      expect(await store.runs.move([])).toEqual([])
    })

    for (const [what, other] of [
      ['like', succeed],
      ['unlike', fail],
    ] as const)
      it(`does all moves of a call or, when one cannot be kept, none: ${what} moves`, async () => {
        const { store } = at()
        const [one, two] = await startRuns(store, newRuns(2, { projectId: unique('p') }))
        await expect(
          store.runs.move([succeed(must(one)), other(must(two), { progress: 500 })]),
        ).rejects.toThrow()
        expect(await store.runs.get([must(one).id, must(two).id])).toEqual([one, two])
        expect(await eventTypes(store, must(one).id)).toEqual(['run.enqueued', 'run.started'])
      })

    it('of a queued run to canceled ends it without a start', async () => {
      const { store } = at()
      const [run] = await enqueue(store, newRun())
      const canceled = must(await moveOne(store, cancel(must(run).id)))
      expect(canceled).toMatchObject({ state: 'canceled', startedAt: null, durationMs: null, attempt: 0 })
      expect(canceled.finishedAt).toBe(canceled.updatedAt)
      expectWellFormed(canceled)
    })

    it('forgets start, holder and heartbeat when told to, wherever it goes', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const moved = must(await moveOne(store, fail(run, { state: 'canceled', startedAt: null })))
      expect(moved).toMatchObject({ state: 'canceled', startedAt: null, claimedBy: null, claimedAt: null })
      expect(moved).toMatchObject({ heartbeatAt: null, leaseExpiresAt: null, durationMs: null })
      expectWellFormed(moved)
    })

    it('within running keeps the lease', async () => {
      const { store } = at()
      const run = await startRun(store, { projectId: unique('p') })
      const asked = must(await moveOne(store, requestCancel(run.id)))
      expect(asked.cancelRequestedAt).toBe(asked.updatedAt)
      expect(asked).toMatchObject({
        state: 'running',
        leaseExpiresAt: run.leaseExpiresAt,
        claimedBy: 'worker-1',
      })
    })
  })
}
