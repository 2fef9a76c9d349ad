import { expect, it, vi } from 'vitest'
import type { ExecutionFilter } from '../../../lib/ports/cron-store.ts'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import { makeJob } from '../cron-steps.ts'
import { type Harness, must } from '../harness.ts'

const COUNT = 40_000

/** What many executions cost, in a database of its own. */
export function cronSizeContract(at: () => Harness): void {
  it('reads what it is asked for and no more, however many executions there are', async () => {
    const { store } = at()
    const jobs = [await makeJob(store.cron), await makeJob(store.cron)]
    const [{ id: jobId }] = [must(jobs[0])]
    await fill(
      store,
      jobs.map(({ id }) => id),
    )
    const now = await store.cron.now()
    const ago = (hours: number) => new Date(Date.parse(now) - hours * 3_600_000).toISOString()
    const filters: Partial<ExecutionFilter>[] = [
      {},
      { jobId },
      { status: ['failed', 'timeout'] },
      { jobId, status: ['failed'] },
      { jobId, status: ['missed'] },
      { triggeredBy: 'manual' },
      { jobId, triggeredBy: 'api' },
      { since: ago(20), before: ago(19) },
      { jobId, since: ago(20), before: ago(19) },
      { after: { createdAt: ago(20), id: 'x' } },
    ]
    for (const filter of filters) await store.cron.listExecutions({ limit: 10, ...filter })
    const statistics = await store.cron.statistics(
      jobs.map(({ id }) => id),
      ago(90 * 24),
    )
    expect(statistics[0]?.byStatus).toEqual({ completed: 19_900, failed: 100 })
    expect(await store.cron.countExecutions(ago(90 * 24))).toEqual({ completed: 39_800, failed: 200 })
    await store.cron.look()
    const ids = jobs.map(({ id }) => id)
    expect(await store.cron.recentOccurrences(ids, 20)).toHaveLength(40)
    expect(await store.cron.typicalDurations(ids, 100)).toMatchObject([
      { p95DurationMs: 5 },
      { p95DurationMs: 5 },
    ])
    expect(await store.cron.trend(jobId, 100)).toHaveLength(100)
    // A server process says what it has read about once a second.
    const read = await vi.waitUntil(
      async () => {
        await store.cron.listExecutions({ limit: 1, jobId, status: ['failed'] })
        const read = await readOf(store)
        return read.byStatus > 0 && read
      },
      { timeout: 20_000, interval: 200 },
    )
    expect(read.rows).toBeLessThan(COUNT / 4)
  })
}

/** One every two seconds, one of two hundred failed, all counted. */
async function fill(store: OpenStore, jobIds: string[]): Promise<void> {
  for (const [n, id] of jobIds.entries())
    await store.raw(
      `WITH added AS (
         INSERT INTO cron_job_executions (id, "cronJobId", status, "scheduledFor", "createdAt", "startedAt", "durationMs")
         SELECT '${n}-' || n, '${id}', CASE WHEN n % 200 = 0 THEN 'failed' ELSE 'completed' END, t, t, t, 5
         FROM generate_series(1, ${COUNT / 2}) n, LATERAL (SELECT now() - n * interval '4 seconds' AS t) at RETURNING *
       )
       INSERT INTO cron_job_stats ("cronJobId", day, status, count, timed, "durationMs")
       SELECT "cronJobId", date_trunc('day', "createdAt", 'UTC'), status, count(*), count(*), sum("durationMs") FROM added GROUP BY 1, 2, 3`,
    )
  await store.raw('ANALYZE cron_job_executions')
}

/** Rows and entries of indexes that were read since the fill. */
async function readOf(store: OpenStore): Promise<{ rows: number; byStatus: number }> {
  const [row] = await store.raw(`
    SELECT (t.seq_tup_read + (
      SELECT sum(i.idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relname = t.relname AND i.indexrelname NOT LIKE '%\\_pkey'
    ))::float8 AS rows, s.idx_scan::int AS "byStatus"
    FROM pg_stat_user_tables t JOIN pg_stat_user_indexes s ON s.indexrelname = 'cron_job_executions_job_status'
    WHERE t.relname = 'cron_job_executions'`)
  return row as { rows: number; byStatus: number }
}
