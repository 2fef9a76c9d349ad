import { PgBoss } from 'pg-boss'
import { ask, settle } from '../databases.ts'
import { itemOf, itemsOf, KIND } from '../workload.ts'
import { type Peer, workByCalls } from './peer.ts'

/** pg-boss by its own API: `send`, `insert`, `fetch` and `complete`. What it does besides (supervision, cron) is off. */
export async function openPgBoss(url: string): Promise<Peer> {
  const boss = new PgBoss({ connectionString: url, max: 10, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.createQueue(KIND)
  return {
    name: 'pg-boss',
    close: () => boss.stop({ graceful: false }),
    async enqueue(n) {
      const { kind, ...data } = itemOf(n)
      await boss.send(kind, data)
    },
    enqueueBatch: async (count) =>
      void (await boss.insert(
        KIND,
        itemsOf(count).map(({ kind: _, ...data }) => ({ data })),
        { returnId: true },
      )),
    work: (job) =>
      workByCalls(job, async (batchSize) => {
        const jobs = await boss.fetch(KIND, { batchSize })
        if (jobs.length > 0)
          await boss.complete(
            KIND,
            jobs.map(({ id }) => id),
          )
        return jobs.length
      }),
    async refill(waiting) {
      await ask(url, `DELETE FROM pgboss.job WHERE state = 'created'`)
      for (let left = waiting; left > 0; left -= 1_000)
        await boss.insert(
          KIND,
          itemsOf(Math.min(left, 1_000)).map(({ kind: _, ...data }) => ({ data })),
        )
      await ask(url, 'ANALYZE pgboss.job')
    },
    async fillFinished(count) {
      const { kind: _, ...data } = itemOf(0)
      await ask(
        url,
        'SET synchronous_commit = off',
        `INSERT INTO pgboss.job (name, data, state, created_on, start_after, started_on, completed_on, keep_until)
         SELECT '${KIND}', replace('${JSON.stringify(data)}', 'c-0', 'c-' || n % 10000)::jsonb, 'completed', at, at,
           at + interval '2 seconds', at + interval '3 seconds', now() + interval '14 days'
         FROM (SELECT n, now() - (${count} - n) * interval '30 days' / ${count} AS at FROM generate_series(1, ${count}) AS n) AS x`,
      )
      await settle(url)
      return true
    },
    empty: async () => void (await ask(url, 'TRUNCATE pgboss.job CASCADE')),
    async counts() {
      const [row] = await ask(
        url,
        `SELECT count(*) FILTER (WHERE state = 'created')::int AS waiting,
           count(*) FILTER (WHERE state = 'completed')::int AS finished FROM pgboss.job WHERE name = '${KIND}'`,
      )
      return row as { waiting: number; finished: number }
    },
  }
}
