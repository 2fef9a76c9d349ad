import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newRuns, unique } from '../../support/make.ts'
import { type Engine, type Harness, must, useHarness } from '../harness.ts'
import { type Child, startChild } from '../start-child.ts'
import { enqueue, expectWellFormed, sweepBack } from '../steps.ts'

const TIMEOUT_MS = 120_000

export function killContract(engine: Engine): void {
  describe('a worker killed in the middle', () => {
    const at = useHarness(engine)

    it('leaves nothing half done, and every run succeeds once', { timeout: TIMEOUT_MS }, async () => {
      const { store, address } = at()
      const projectId = unique('p')
      const workers = ['victim', 'worker-2', 'worker-3'].map((workerId) =>
        startChild('claim-loop.ts', { address, projectId, workerId }),
      )
      const [victim, ...others] = workers as [Child, ...Child[]]
      try {
        await Promise.all(workers.map((worker) => worker.hasPrinted(1)))
        const ids = (await enqueue(store, ...newRuns(600, { projectId, maxAttempts: 9 }))).map(
          (run) => run.id,
        )
        await victim.hasPrinted(60)
        victim.kill()
        await victim.gone
        await sweepUntilAllDone(at(), projectId, others)
        // A line may still be on its way here when its run is done.
        for (const worker of others) worker.end()
        await Promise.all(others.map((worker) => worker.gone))

        const completed = workers.flatMap((worker) => worker.printed.slice(1))
        expect(new Set(completed).size).toBe(completed.length)
        // The victim may have completed one more than it came to say.
        expect(ids.filter((id) => !completed.includes(id)).length).toBeLessThanOrEqual(1)
        for (const id of ids) await expectWhole(at(), id)
      } finally {
        for (const worker of workers) worker.end()
        await Promise.all(workers.map((worker) => worker.gone))
      }
      expect(workers.map((worker) => worker.errors())).toEqual(['', '', ''])
    })
  })
}

/** Until every run has ended, gives back to the queue what the dead worker still holds. */
async function sweepUntilAllDone(
  { store, shift }: Harness,
  projectId: string,
  alive: Child[],
): Promise<void> {
  for (;;) {
    const open = { projectId, sort: 'createdAt:asc', limit: 100 } as const
    const running = await store.runs.list({ ...open, state: ['running'] })
    const orphans = running.filter((run) => run.claimedBy === 'victim').map((run) => run.id)
    if (orphans.length > 0) await shift(orphans, 'leaseExpiresAt', -1_000)
    const lost = (await store.runs.lapsed(100)).map(({ run }) => run)
    expect(lost.filter((run) => run.claimedBy !== 'victim')).toEqual([])
    await store.runs.move(lost.map((run) => sweepBack(run.id)))
    if ((await store.runs.list({ ...open, state: ['queued', 'running'] })).length === 0) return
    for (const worker of alive) worker.mustLive()
    await delay(20)
  }
}

async function expectWhole({ store }: Harness, id: string): Promise<void> {
  const run = must((await store.runs.get([id]))[0])
  expect(run).toMatchObject({ state: 'succeeded', leaseExpiresAt: null, progress: 100 })
  expectWellFormed(run)
  const events = await store.runs.events([{ runId: id, id: 0 }], 1_000)
  const count = (type: string) => events.filter((event) => event.type === type).length
  expect([count('run.enqueued'), count('run.succeeded')]).toEqual([1, 1])
  expect(run.attempt).toBe(count('run.started'))
  expect(run.fence).toBe(run.attempt)
  expect(count('run.lost')).toBe(run.attempt - 1)
  expect(count('run.retried')).toBe(run.attempt - 1)
}
