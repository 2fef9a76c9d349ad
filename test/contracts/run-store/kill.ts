import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { newRuns, unique } from '../../support/make.ts'
import { type Engine, type Harness, must, useHarness } from '../harness.ts'
import type { StoreAddress } from '../open-store.ts'
import { enqueue, expectWellFormed, sweepBack } from '../steps.ts'

const FIXTURE = join(import.meta.dirname, '..', 'fixtures', 'claim-loop.ts')
const TIMEOUT_MS = 120_000

export function killContract(engine: Engine): void {
  describe('a worker killed in the middle', () => {
    const at = useHarness(engine)

    it('leaves nothing half done, and every run succeeds once', { timeout: TIMEOUT_MS }, async () => {
      const { store, address } = at()
      const projectId = unique('p')
      const workers = ['victim', 'worker-2', 'worker-3'].map((id) => startWorker(address, projectId, id))
      const [victim, ...others] = workers as [Worker, ...Worker[]]
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
  alive: Worker[],
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

interface Worker {
  printed: string[]
  hasPrinted(lines: number): Promise<void>
  /** Throws what it said when it has ended. */
  mustLive(): void
  kill(): void
  end(): void
  gone: Promise<unknown>
  errors(): string
}

function startWorker(address: StoreAddress, projectId: string, workerId: string): Worker {
  const argument = JSON.stringify({ address, projectId, workerId })
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', FIXTURE, argument], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.on('error', () => {})
  const printed: string[] = []
  const errors: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => printed.push(line))
  child.stderr.on('data', (chunk) => errors.push(String(chunk)))
  const mustLive = () => {
    if (child.exitCode !== null) throw new Error(`${workerId} ended by itself: ${errors.join('')}`)
  }
  return {
    printed,
    mustLive,
    hasPrinted: async (lines) => {
      while (printed.length < lines) {
        mustLive()
        await delay(5)
      }
    },
    kill: () => child.kill('SIGKILL'),
    end: () => child.stdin.end(),
    gone: once(child, 'close'),
    errors: () => errors.join(''),
  }
}
