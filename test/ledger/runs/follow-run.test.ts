import { setTimeout as delay } from 'node:timers/promises'
import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { followRun } from '../../../lib/ledger/runs/follow-run.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { RunEvent } from '../../../lib/run/event.ts'
import { must } from '../../contracts/harness.ts'
import { contextOf, ENGINES, useLedger } from '../../support/open-ledger.ts'
import { claimed, enqueued, eventsOf, refusal, working } from '../steps.ts'

const NEVER = new AbortController().signal

async function types(stream: AsyncIterable<RunEvent>): Promise<string[]> {
  const all: string[] = []
  for await (const event of stream) all.push(event.type)
  return all
}

/** All that is told of a run from now to its end. */
async function told(ctx: Context, id: string, after = 0): Promise<string[]> {
  return await types(must(await followRun(ctx, { id, after }, NEVER)))
}

describe.each(ENGINES)('following a run on $name', (engine) => {
  const at = useLedger(engine)

  it('tells what happened before, what happens, and ends with the run', async () => {
    const { person, worker } = at().tenant()
    const { id } = await enqueued(person)
    const telling = told(person, id)
    await delay(50)
    const { leaseToken } = await claimed(worker)
    await heartbeatRun(worker, { leaseToken, progress: 50 })
    await delay(50)
    await succeedRun(worker, { leaseToken })
    expect(await telling).toEqual(['run.enqueued', 'run.started', 'run.progress', 'run.succeeded'])
  })

  it('of a run that has ended tells what was and ends; when all was told there is nothing to follow', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const { id } = await enqueued(person)
    await cancelRun(person, { id })
    const events = await eventsOf(ledger, id)
    expect(await told(person, id)).toEqual(['run.enqueued', 'run.canceled'])
    expect(await told(person, id, events[0]?.id)).toEqual(['run.canceled'])
    expect(await followRun(person, { id, after: must(events[1]).id }, NEVER)).toBeNull()
  })

  it('goes on where the reader was', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const { id } = await enqueued(person)
    const [first] = await eventsOf(ledger, id)
    const telling = told(person, id, first?.id)
    await cancelRun(person, { id })
    expect(await telling).toEqual(['run.canceled'])
  })

  it('goes on through retries until a run has ended for good', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const { id } = await enqueued(person)
    await cancelRun(person, { id })
    await retryRun(person, { id })
    const telling = told(person, id)
    await delay(50)
    await cancelRun(person, { id })
    expect(await telling).toEqual(['run.enqueued', 'run.canceled', 'run.retried', 'run.canceled'])
  })

  it('sees within two seconds what another instance does', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    const elsewhere = await ledger.another()
    const telling = told(contextOf(elsewhere, tenant.person.actor), id)
    await delay(100)
    await succeedRun(tenant.worker, { leaseToken })
    const start = performance.now()
    expect(await telling).toEqual(['run.enqueued', 'run.started', 'run.succeeded'])
    expect(performance.now() - start).toBeLessThan(4_000)
  })

  it('ends when its reader goes, also before anything happened', async () => {
    const { person } = at().tenant()
    const { id } = await enqueued(person)
    const gone = new AbortController()
    const telling = types(must(await followRun(person, { id, after: 0 }, gone.signal)))
    await delay(100)
    gone.abort()
    expect(await telling).toEqual(['run.enqueued'])
    expect(await types(must(await followRun(person, { id, after: 0 }, gone.signal)))).toEqual([])
  })

  it('shares one look at the database a second with all readers of the instance', async () => {
    const ledger = at()
    const { person } = ledger.tenant()
    const runs = await Promise.all(Array.from({ length: 20 }, () => enqueued(person)))
    const asked: number[] = []
    const counting: typeof person.runs = {
      ...person.runs,
      events: (after, limit) => {
        asked.push(after.length)
        return person.runs.events(after, limit)
      },
    }
    const ctx = { ...person, runs: counting }
    const telling = runs.map(({ id }) => told(ctx, id))
    await delay(300)
    const begun = asked.length
    await delay(4_500)
    const looks = asked.slice(begun)
    expect(looks.length).toBeLessThanOrEqual(5)
    expect(looks.length).toBeGreaterThanOrEqual(3)
    expect(new Set(looks)).toEqual(new Set([20]))
    await Promise.all(runs.map(({ id }) => cancelRun(person, { id })))
    for (const all of await Promise.all(telling)) expect(all).toEqual(['run.enqueued', 'run.canceled'])
  })

  it('refuses before anything what is not there or no id', async () => {
    const { person } = at().tenant()
    expect(await refusal(followRun(person, { id: ulid() }, NEVER))).toMatchObject({ code: 'not_found' })
    expect(await refusal(followRun(person, { id: 'x' }, NEVER))).toMatchObject({ code: 'invalid' })
    expect(await refusal(followRun(person, { id: ulid(), after: -1 }, NEVER))).toMatchObject({
      code: 'invalid',
    })
  })
})
