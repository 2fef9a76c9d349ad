import { describe, expect, it } from 'vitest'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import type { StoredStats } from '../../../lib/ports/run-store.ts'
import { durationBucket } from '../../../lib/run/durations.ts'
import type { Run } from '../../../lib/run/run.ts'
import { newRun, newRuns, unique } from '../../support/make.ts'
import { type Engine, must, useHarness } from '../harness.ts'
import { cancel, enqueue, fail, moveOne, retry, startRun, startRuns, succeed } from '../steps.ts'

const HOUR_MS = 3_600_000

export function statsContract(engine: Engine): void {
  describe('stats', () => {
    const at = useHarness(engine)

    const statsOf = async (projectId?: string | null, hours = 2) => {
      const { store } = at()
      await rollUpAll(store)
      return await store.runs.stats({
        since: new Date(Date.now() - hours * HOUR_MS).toISOString(),
        projectId,
      })
    }

    it('counts what ended by state, with durations and their buckets', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const runs = await startRuns(store, newRuns(7, { projectId }))
      for (const [n, run] of runs.entries()) await shift([run.id], 'startedAt', -n * 7)
      const ended = await store.runs.move(runs.map((run, n) => (n < 5 ? succeed(run) : fail(run))))
      const [queued] = await enqueue(store, newRun({ projectId }))
      await moveOne(store, cancel(must(queued).id))

      const stats = await statsOf(projectId)
      expectEnded(stats, 'succeeded', ended.slice(0, 5).map(must))
      expectEnded(stats, 'failed', ended.slice(5).map(must))
      expect(countOf(stats, 'canceled')).toBe(1)
      expect(stats.running).toBe(0)
      expect(stats.queue).toEqual([])
    })

    it('puts short and long durations into the buckets of the model', async () => {
      const { store } = at()
      const projectId = unique('p')
      const durations = [0, 1, 2, 3, 4, 5, 7, 8, 9, 100, 1_000, 1_024, 1_025, 60_000, 3_600_000, 86_400_000]
      const startedAt = new Date(Date.now() - 90_000_000).toISOString()
      const started = { workerId: 'w', leaseSeconds: 60, startedAt, pid: null }
      const runs = await enqueue(store, ...newRuns(durations.length, { projectId, started }))
      const finishedAt = (ms = 0) => ({ at: new Date(Date.parse(startedAt) + ms).toISOString() })
      const ended = await store.runs.move(
        runs.map((run, n) => succeed(run, { finishedAt: finishedAt(durations[n]) })),
      )
      expect(ended.map((run) => run?.durationMs)).toEqual(durations)
      expectEnded(await statsOf(projectId, 30), 'succeeded', ended.map(must))
    })

    it('leaves out what ended before the window', async () => {
      const { store } = at()
      const projectId = unique('p')
      const startedAt = new Date(Date.now() - 9 * HOUR_MS).toISOString()
      const finishedAt = { at: new Date(Date.now() - 5 * HOUR_MS).toISOString() }
      const started = { workerId: 'w', leaseSeconds: 60, startedAt, pid: null }
      const [old] = await enqueue(store, newRun({ projectId, started }))
      await moveOne(store, succeed(must(old), { finishedAt }))
      await moveOne(store, succeed(await startRun(store, { projectId })))
      expect(countOf(await statsOf(projectId, 2), 'succeeded')).toBe(1)
      expect(countOf(await statsOf(projectId, 7), 'succeeded')).toBe(2)
    })

    it('no longer counts a run that was retried, and counts its second end', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId })
      await moveOne(store, fail(run))
      expect(countOf(await statsOf(projectId), 'failed')).toBe(1)
      await moveOne(store, retry(run.id))
      const between = await statsOf(projectId)
      expectEnded(between, 'failed', [])
      const [second] = await store.runs.claim({ projectId, workerId: 'w', limit: 1, leaseSeconds: 60 })
      const ended = must(await moveOne(store, succeed(must(second))))
      const after = await statsOf(projectId)
      expectEnded(after, 'failed', [])
      expectEnded(after, 'succeeded', [ended])
    })

    it('moves a lost run that told the truth later from failed to succeeded', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId })
      await moveOne(store, fail(run, { errorCode: 'lost' }))
      await statsOf(projectId)
      const recovered = await moveOne(store, {
        ...succeed(run, { errorCode: null }),
        from: ['failed'],
        guard: { fence: 1, errorCode: 'lost' },
      })
      const stats = await statsOf(projectId)
      expectEnded(stats, 'failed', [])
      expectEnded(stats, 'succeeded', [must(recovered)])
    })

    it('does not change when something is noted on a run that has ended', async () => {
      const { store } = at()
      const projectId = unique('p')
      const run = await startRun(store, { projectId })
      const ended = must(await moveOne(store, fail(run)))
      const note = { ...fail(run), from: ['failed'] as const, guard: {}, patch: { exitCode: 3 }, events: [] }
      expect(await moveOne(store, note)).toMatchObject({ exitCode: 3, finishedAt: ended.finishedAt })
      expectEnded(await statsOf(projectId), 'failed', [ended])
    })

    it('counts a move from states that are final and others that are not by what each run was', async () => {
      const { store } = at()
      const projectId = unique('p')
      const [one, two] = await startRuns(store, newRuns(2, { projectId }))
      await moveOne(store, fail(must(one)))
      const both = [must(one), must(two)].map((run) => ({
        ...succeed(run),
        from: ['running', 'failed'] as const,
        guard: {},
      }))
      const ended = (await store.runs.move(both)).map(must)
      const stats = await statsOf(projectId)
      expectEnded(stats, 'failed', [])
      expectEnded(stats, 'succeeded', ended)
    })

    it('tells depth, due and the wait of the oldest of each kind in the queue', async () => {
      const { store, shift } = at()
      const projectId = unique('p')
      const [busy] = await enqueue(
        store,
        ...newRuns(3, { projectId, kind: 'busy' }),
        newRun({ projectId, kind: 'busy', runAt: { inMs: HOUR_MS } }),
        newRun({ projectId, kind: 'later', runAt: { inMs: HOUR_MS } }),
      )
      await shift([must(busy).id], 'runAt', -500)
      await shift([must(busy).id], 'createdAt', -500)
      const { queue } = await statsOf(projectId)
      expect(queue.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
        { kind: 'busy', depth: 4, due: 3, oldestAgeSeconds: expect.any(Number) },
        { kind: 'later', depth: 1, due: 0, oldestAgeSeconds: null },
      ])
      const age = must(queue.find((each) => each.kind === 'busy')?.oldestAgeSeconds)
      expect(age).toBeGreaterThanOrEqual(500)
      expect(age).toBeLessThan(600)
    })

    it('counts one project, the system, or all', async () => {
      const { store } = at()
      const projectId = unique('p')
      const kind = unique('kind')
      await enqueue(store, newRun({ kind }))
      const before = await statsOf()
      await startRun(store, { projectId })
      await moveOne(store, succeed(await startRun(store, { projectId })))
      const [all, own, system] = [await statsOf(), await statsOf(projectId), await statsOf(null)]
      expect([own.running, system.running]).toEqual([1, 0])
      expect(all.running).toBe(before.running + 1)
      expect([countOf(own, 'succeeded'), countOf(system, 'succeeded')]).toEqual([1, 0])
      expect(countOf(all, 'succeeded')).toBe(countOf(before, 'succeeded') + 1)
      expect(own.queue).toEqual([])
      expect(system.queue.find((each) => each.kind === kind)).toMatchObject({ depth: 1, due: 1 })
    })

    it('counts each run once however many roll up at once', async () => {
      const { store, several } = at()
      const projectId = unique('p')
      const callers = await several(4)
      const runs = await startRuns(store, newRuns(100, { projectId }))
      const work = runs.map((run) => store.runs.move([succeed(run)]))
      const rolling = callers.flatMap((caller) => [rollUpAll(caller, 7), rollUpAll(caller, 11)])
      await Promise.all([...work, ...rolling])
      await Promise.all(callers.map((caller) => rollUpAll(caller, 5)))
      expect(countOf(await statsOf(projectId), 'succeeded')).toBe(100)
    })

    it('of a project that never ran anything are empty', async () => {
      const stats = await statsOf(unique('p'))
      expect(stats.ended.filter((each) => each.count !== 0)).toEqual([])
      expect(stats).toMatchObject({ running: 0, queue: [] })
    })
  })
}

async function rollUpAll(store: OpenStore, limit = 1_000): Promise<void> {
  while ((await store.runs.rollUp(limit)).more);
}

function countOf(stats: StoredStats, state: string): number {
  return stats.ended.find((each) => each.state === state)?.count ?? 0
}

function expectEnded(stats: StoredStats, state: 'succeeded' | 'failed' | 'canceled', runs: Run[]): void {
  const ended = stats.ended.find((each) => each.state === state) ?? { count: 0, durationMs: 0, buckets: [] }
  const durations = runs.map((run) => run.durationMs ?? 0)
  expect(ended.count, `count of ${state}`).toBe(runs.length)
  expect(ended.durationMs, `durations of ${state}`).toBe(durations.reduce((sum, ms) => sum + ms, 0))
  const expected = Map.groupBy(durations, durationBucket)
  const buckets = ended.buckets.filter(([, count]) => count !== 0).toSorted(([a], [b]) => a - b)
  expect(buckets, `buckets of ${state}`).toEqual(
    [...expected].map(([bucket, all]) => [bucket, all.length]).toSorted(([a = 0], [b = 0]) => a - b),
  )
}
