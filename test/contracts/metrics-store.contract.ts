import { describe, expect, it, vi } from 'vitest'
import type { Metrics, MetricsWanted } from '../../lib/ports/metrics-store.ts'
import type { OpenStore } from '../../lib/ports/open-store.ts'
import { newRuns, unique } from '../support/make.ts'
import { type Engine, useHarness } from './harness.ts'
import { appendSizes, moved, recover } from './log-steps.ts'
import { fail, startRun, startRuns, succeed } from './steps.ts'

const WANTED: MetricsWanted = {
  kinds: 100,
  recentSeconds: 86_400,
  powers: { first: 4, last: 28 },
  sweepKinds: ['stale'],
}

/** What every MetricsStore promises, whoever reads it; what is in it, test/faces/v1/metrics.test.ts shows. */
export function metricsStoreContract(engine: Engine): void {
  describe(`the metrics store on ${engine.name}`, () => {
    const at = useHarness(engine)
    const read = async (): Promise<Metrics> => {
      const { store } = at()
      while ((await store.runs.rollUp(1_000)).more);
      return await store.metrics.read(WANTED)
    }
    const bytesOf = ({ ended }: Metrics) => ended.reduce((sum, { logBytes }) => sum + logBytes, 0)

    it('counts the runs of a batch each by itself', async () => {
      const { store, shift } = at()
      const kind = unique('batch')
      const runs = await startRuns(store, newRuns(5, { kind, projectId: unique('p') }))
      for (const [n, run] of runs.entries()) {
        await shift([run.id], 'createdAt', -(2 ** n) * 10)
        await shift([run.id], 'runAt', -(2 ** n) * 10)
      }
      await store.runs.moveBriefly(runs.map((run) => succeed(run)))
      const { waits } = await read()
      const ours = waits.filter((row) => row.kind === kind).toSorted((a, b) => a.power - b.power)
      expect(ours.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1])
      expect(ours.map(({ power }) => power)).toEqual([14, 15, 16, 17, 18])
      const sumMs = ours.reduce((sum, row) => sum + row.sumMs, 0)
      expect(sumMs).toBeGreaterThanOrEqual(310_000)
      expect(sumMs).toBeLessThan(340_000)
    })

    it('takes it for no other end that a lost run goes on to write', async () => {
      const { store } = at()
      const kind = unique('lost')
      const ends = ({ ends }: Metrics) =>
        ends.filter((row) => row.kind === kind).map(({ state, count }) => [state, count])
      const run = await startRun(store, { kind, projectId: unique('p') })
      await moved(store, fail(run, { errorCode: 'lost' }))
      const before = bytesOf(await read())
      await appendSizes(store, run, 20, 5)
      const grown = await read()
      expect(ends(grown)).toEqual([['failed', 1]])
      expect(bytesOf(grown)).toBe(before + 25)
      await moved(store, recover(run))
      const recovered = await read()
      expect(ends(recovered).toSorted()).toEqual([
        ['failed', 1],
        ['succeeded', 1],
      ])
      expect(bytesOf(recovered)).toBe(before + 25)
    })

    it('has each run once where several roll up at the same time', async () => {
      const { several, store } = at()
      const kind = unique('many')
      const runs = await startRuns(store, newRuns(60, { kind, projectId: unique('p') }))
      for (const run of runs) await store.runs.move([succeed(run)])
      const rollUpAll = async (one: OpenStore) => {
        while ((await one.runs.rollUp(5)).more);
      }
      await Promise.all((await several(4)).map(rollUpAll))
      const found = await read()
      const sum = (rows: { kind: string | null; count: number }[]) =>
        rows.filter((row) => row.kind === kind).reduce((total, { count }) => total + count, 0)
      expect([sum(found.ends), sum(found.waits)]).toEqual([60, 60])
    })
  })

  describe(`the metrics store on ${engine.name}, read by nobody else`, () => {
    const at = useHarness(engine)

    it('never reads all runs, whatever waits, and also before a vacuum', async () => {
      const { store } = at()
      await store.raw(
        `INSERT INTO runs (id, kind, state)
         SELECT 'run-' || n, 'k' || n % 7, (ARRAY['queued', 'queued', 'queued', 'queued', 'running', 'succeeded'])[1 + n % 6]
         FROM generate_series(1, 9000) AS n;
         ANALYZE runs`,
      )
      const { queue, running } = await store.metrics.read(WANTED)
      expect(queue.reduce((sum, { depth }) => sum + depth, 0)).toBe(6_000)
      expect(running).toBe(1_500)
      // A server process says what it has read about once a second.
      const scans = await vi.waitUntil(
        async () => {
          await store.metrics.read(WANTED)
          const { whole, byQueue, byRunning } = await scansOf(store)
          return byQueue > 0 && byRunning > 0 && { whole }
        },
        { timeout: 20_000, interval: 200 },
      )
      expect(scans).toEqual({ whole: 0 })
    })
  })
}

/** How often the table of runs was read whole, and by the indexes over what is queued and what runs. */
async function scansOf(store: OpenStore): Promise<{ whole: number; byQueue: number; byRunning: number }> {
  const [row] = await store.raw(`
    SELECT t.seq_scan::int AS whole, q.idx_scan::int AS "byQueue", r.idx_scan::int AS "byRunning"
    FROM pg_stat_user_tables t
    JOIN pg_stat_user_indexes q ON q.indexrelname = 'runs_ready'
    JOIN pg_stat_user_indexes r ON r.indexrelname = 'runs_running'
    WHERE t.relname = 'runs'`)
  return row as { whole: number; byQueue: number; byRunning: number }
}
