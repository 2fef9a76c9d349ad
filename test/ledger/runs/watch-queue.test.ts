import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { contextOf, ENGINES, useLedger } from '../../support/open-ledger.ts'
import { enqueued, stored } from '../steps.ts'

/** A context whose waits end. */
const inTime = (ctx: Context): Context => ({ ...ctx, now: Date.now })

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const start = performance.now()
  return { result: await work, ms: performance.now() - start }
}

describe.each(ENGINES)('a claim that waits, on $name', (engine) => {
  const at = useLedger(engine)

  it('does not, when there is work', async () => {
    const { person, worker } = at().tenant()
    await enqueued(person)
    const { result, ms } = await timed(claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 25 }))
    expect(result).toHaveLength(1)
    expect(ms).toBeLessThan(2_000)
  })

  it('wakes at once for a run that this instance adds', async () => {
    const { person, worker } = at().tenant()
    const waiting = timed(claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 25 }))
    await delay(100)
    const { id } = await enqueued(person)
    const { result, ms } = await waiting
    expect(result.map(({ run }) => run.id)).toEqual([id])
    expect(ms).toBeLessThan(3_000)
  })

  it('finds within a second what another instance adds', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()
    const elsewhere = contextOf(await ledger.another(), person.actor)
    const waiting = timed(claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 25 }))
    await delay(100)
    await enqueued(elsewhere)
    const { result, ms } = await waiting
    expect(result).toHaveLength(1)
    expect(ms).toBeLessThan(4_000)
  })

  it('finds a delayed run when its time has come', async () => {
    const { person, worker } = at().tenant()
    await enqueued(person, { runAt: new Date(Date.now() + 700).toISOString() })
    const { result } = await timed(claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 20 }))
    expect(result).toHaveLength(1)
  })

  it('comes back empty when its time is up', async () => {
    const { worker } = at().tenant()
    const { result, ms } = await timed(claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 0.3 }))
    expect(result).toEqual([])
    expect(ms).toBeGreaterThanOrEqual(290)
  })

  it('takes nothing for a caller who has gone', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()
    const gone = new AbortController()
    const waiting = claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 25 }, gone.signal)
    await delay(100)
    gone.abort()
    const { id } = await enqueued(person)
    expect(await waiting).toEqual([])
    expect(await claimRuns(inTime(worker), { workerId: 'w', waitSeconds: 25 }, gone.signal)).toEqual([])
    expect(await stored(ledger, id)).toMatchObject({ state: 'queued', attempt: 0 })
  })

  it('goes on waiting when another gets the run, and gets the next', async () => {
    const { person, worker } = at().tenant()
    const waiting = Array.from({ length: 10 }, (_, n) =>
      claimRuns(inTime(worker), { workerId: `w${n}`, waitSeconds: 25 }),
    )
    await delay(100)
    for (let n = 0; n < 10; n++) {
      await enqueued(person)
      await delay(20)
    }
    const taken = (await Promise.all(waiting)).flat().map(({ run }) => run.id)
    expect(new Set(taken).size).toBe(10)
  })

  it('shares its look at the queue with all that wait for the same', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    let looks = 0
    const runs: typeof worker.runs = {
      ...worker.runs,
      hasDue: (filter) => {
        looks++
        return worker.runs.hasDue(filter)
      },
    }
    const watched = { ...inTime(worker), runs }
    const waiting = Array.from({ length: 20 }, (_, n) =>
      claimRuns(watched, { workerId: `w${n}`, waitSeconds: 1.6, kinds: n % 2 ? ['a', 'b'] : ['b', 'a'] }),
    )
    expect((await Promise.all(waiting)).flat()).toEqual([])
    expect(looks).toBeGreaterThanOrEqual(1)
    // One in 0.4 s at the soonest, whoever many wait.
    expect(looks).toBeLessThanOrEqual(4)
  })
})
