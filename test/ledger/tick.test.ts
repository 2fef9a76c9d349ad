import type { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { syncCronJobs } from '../../lib/ledger/cron/sync-cron-jobs.ts'
import { claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../lib/ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../../lib/ledger/runs/enqueue-run.ts'
import { tick } from '../../lib/ledger/tick.ts'
import { SYSTEM } from '../../lib/ports/actor.ts'
import { openPostgres } from '../../lib/store/postgres/open.ts'
import { createDatabase } from '../support/database.ts'
import { contextOf, ENGINES, POSTGRES, type TestLedger, useLedger } from '../support/open-ledger.ts'
import { stored, working } from './steps.ts'

const NONE = { swept: 0, requeued: 0, failed: 0, canceled: 0 }
const CRON = { cron: false }

async function lose(ledger: TestLedger, count: number): Promise<string[]> {
  const { person, worker } = ledger.tenant()
  await enqueueRuns(
    person,
    Array.from({ length: count }, () => ({ kind: 'k' })),
  )
  const ids: string[] = []
  while (ids.length < count)
    ids.push(...(await claimRuns(worker, { workerId: 'w', limit: 100 })).map(({ run }) => run.id))
  await ledger.shift(ids, 'leaseExpiresAt', -100)
  return ids
}

describe.each(ENGINES)('a tick on $name', (engine) => {
  const at = useLedger(engine)

  it('does nothing where nothing is outstanding', async () => {
    await tick(at().as(), CRON)
    const { lost, more } = await tick(at().as(), CRON)
    expect([lost?.swept ?? 0, more]).toEqual([0, false])
  })

  it('works off all that was lost, more than one sweep of it', async () => {
    const ledger = at()
    const ids = await lose(ledger, 600)
    expect(await tick(ledger.as(), CRON)).toMatchObject({
      lost: { ...NONE, swept: 600, failed: 600 },
      more: false,
    })
    expect(await stored(ledger, ids[599] ?? '')).toMatchObject({ state: 'failed', errorCode: 'lost' })
    expect((await tick(ledger.as(), CRON)).lost?.swept ?? 0).toBe(0)
  })

  it('ends with its time, says that there is more, and the next goes on', async () => {
    const ledger = at()
    await lose(ledger, 600)
    // Each look at the clock takes a second.
    let now = Date.now()
    const slow = {
      ...ledger.as(),
      now: () => {
        now += 1_000
        return now
      },
    }
    expect(await tick(slow, { ...CRON, budgetMs: 1_500 })).toMatchObject({ lost: { swept: 500 }, more: true })
    expect(await tick(ledger.as(), CRON)).toMatchObject({ lost: { swept: 100 }, more: false })
  })

  it('of no time at all does nothing and does not say that all is done', async () => {
    const ledger = at()
    const [id] = await lose(ledger, 1)
    expect(await tick(ledger.as(), { ...CRON, budgetMs: 0 })).toMatchObject({ lost: NONE, more: true })
    expect(await stored(ledger, id ?? '')).toMatchObject({ state: 'running' })
    await tick(ledger.as(), CRON)
  })

  it('twice at once ends each run once', async () => {
    const ledger = at()
    await lose(ledger, 50)
    const ticks = await Promise.all([
      tick(ledger.as(), CRON),
      tick(ledger.as(), CRON),
      tick(ledger.as(), CRON),
    ])
    expect(ticks.reduce((sum, { lost }) => sum + (lost?.swept ?? 0), 0)).toBe(50)
  })
})

describe('a tick on Postgres', () => {
  const at = useLedger(POSTGRES)

  it('with nothing to do asks three questions, cron jobs among them', async () => {
    const database = await createDatabase()
    const asked: string[] = []
    const store = await openPostgres({ url: database.url, onPool: (pool) => listen(pool as Pool, asked) })
    onTestFinished(async () => {
      await store.close()
      await database.drop()
    })
    const { objects, ...ports } = at().ports
    const ctx = contextOf({ ...ports, ...store, objects }, SYSTEM)
    await syncCronJobs(ctx)
    await tick(ctx)
    asked.length = 0
    expect(await tick(ctx)).toMatchObject({ lost: null, outputs: null, logs: null, more: false })
    expect(asked).toHaveLength(3)
  })

  it('adds what ended to the statistics', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    await succeedRun(tenant.worker, { leaseToken: (await working(tenant)).leaseToken })
    await failRun(tenant.worker, { leaseToken: (await working(tenant)).leaseToken, error: 'no luck' })
    await ledger.forgetChores()
    await tick(ledger.as(), CRON)
    const { ended } = await ledger.store.runs.stats({
      since: new Date(Date.now() - 60_000).toISOString(),
      projectId: tenant.projectId,
    })
    expect(ended.map(({ state, count }) => [state, count]).toSorted()).toEqual([
      ['failed', 1],
      ['succeeded', 1],
    ])
  })
})

/** Notes each statement that a pool is asked. */
function listen(pool: Pool, asked: string[]): void {
  const ask = pool.query.bind(pool) as (...of: unknown[]) => unknown
  pool.query = ((...of: unknown[]) => {
    asked.push(JSON.stringify(of[0]))
    return ask(...of)
  }) as typeof pool.query
}
