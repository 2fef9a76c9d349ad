import { EventEmitter } from 'node:events'
import { Logger, makeWorkerUtils, run, type WorkerEvents } from 'graphile-worker'
import pg from 'pg'
import { ask } from '../databases.ts'
import { perSecond } from '../measure.ts'
import { type Item, itemOf, itemsOf, KIND } from '../workload.ts'
import type { Peer, Work } from './peer.ts'

const silent = new Logger(() => () => {})

/**
 * graphile-worker by its own API: `addJob`, `addJobs`, and its runner with as many jobs in hand as our callers have; more than
 * one a caller come through its local queue and end in batches. It deletes what has ended.
 */
export async function openGraphileWorker(url: string): Promise<Peer> {
  const pool = new pg.Pool({ connectionString: url, max: 10 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const utils = await makeWorkerUtils({ pgPool: pool, logger: silent })
  await utils.migrate()
  const add = (items: Item[]) =>
    utils.addJobs(items.map(({ kind, ...payload }) => ({ identifier: kind, payload })))
  const waiting = async () => {
    const [row] = await ask(url, 'SELECT count(*)::int AS waiting FROM graphile_worker._private_jobs')
    return row?.waiting as number
  }
  return {
    name: 'graphile-worker',
    async enqueue(n) {
      const { kind, ...payload } = itemOf(n)
      await utils.addJob(kind, payload)
    },
    enqueueBatch: async (count) => void (await add(itemsOf(count))),
    work: (job) => runAll(pool, job, waiting),
    async refill(count) {
      await ask(url, 'TRUNCATE graphile_worker._private_jobs')
      for (let left = count; left > 0; left -= 1_000) await add(itemsOf(Math.min(left, 1_000)))
      await ask(url, 'ANALYZE graphile_worker._private_jobs')
    },
    fillFinished: async () => false,
    empty: async () => void (await ask(url, 'TRUNCATE graphile_worker._private_jobs')),
    counts: async () => ({ waiting: await waiting(), finished: null }),
    async close() {
      await utils.release()
      await pool.end()
    },
  }
}

/** From the first counted job's start (or the end of the last uncounted one) to the last one's end, without the runner's own start and stop. */
async function runAll(
  pool: pg.Pool,
  { callers, size, first = 0, total }: Work,
  waiting: () => Promise<number>,
) {
  const concurrentJobs = callers * size
  const events = new EventEmitter() as WorkerEvents
  const { promise: allDone, resolve } = Promise.withResolvers<void>()
  let began = 0
  let done = 0
  events.on('job:complete', () => {
    done++
    if (done === first) began = performance.now()
    if (done === first + total) resolve()
  })
  const runner = await run({
    pgPool: pool,
    logger: silent,
    events,
    noHandleSignals: true,
    taskList: {
      [KIND]: () => {
        if (first === 0) began ||= performance.now()
      },
    },
    preset: {
      worker: {
        concurrentJobs,
        ...(size > 1 ? { localQueue: { size: concurrentJobs }, completeJobBatchDelay: 0 } : {}),
      },
    },
  })
  await allDone
  // With batched ends the last ones are still on their way.
  while ((await waiting()) > 0);
  const figure = perSecond(total, performance.now() - began)
  await runner.stop()
  return figure
}
