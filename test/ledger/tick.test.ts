import { describe, expect, it } from 'vitest'
import { claimRuns } from '../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../lib/ledger/runs/complete-runs.ts'
import { enqueueRuns } from '../../lib/ledger/runs/enqueue-run.ts'
import { tick } from '../../lib/ledger/tick.ts'
import { ENGINES, POSTGRES, type TestLedger, useLedger } from '../support/open-ledger.ts'
import { stored, working } from './steps.ts'

const NO_FILES = { logs: { compacted: 0, failed: 0 }, outputs: { swept: 0, failed: 0, ended: 0 } }
const NONE = { swept: 0, requeued: 0, failed: 0, canceled: 0 }

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
    expect(await tick(at().as())).toEqual({ lost: NONE, ...NO_FILES, more: false })
  })

  it('works off all that was lost, more than one sweep of it', async () => {
    const ledger = at()
    const ids = await lose(ledger, 600)
    expect(await tick(ledger.as())).toEqual({
      lost: { ...NONE, swept: 600, failed: 600 },
      ...NO_FILES,
      more: false,
    })
    expect(await stored(ledger, ids[599] ?? '')).toMatchObject({ state: 'failed', errorCode: 'lost' })
    expect(await tick(ledger.as())).toEqual({ lost: NONE, ...NO_FILES, more: false })
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
    expect(await tick(slow, { budgetMs: 1_500 })).toMatchObject({ lost: { swept: 500 }, more: true })
    expect(await tick(ledger.as())).toMatchObject({ lost: { swept: 100 }, more: false })
  })

  it('of no time at all does nothing and does not say that all is done', async () => {
    const ledger = at()
    const [id] = await lose(ledger, 1)
    expect(await tick(ledger.as(), { budgetMs: 0 })).toEqual({ lost: NONE, ...NO_FILES, more: true })
    expect(await stored(ledger, id ?? '')).toMatchObject({ state: 'running' })
    await tick(ledger.as())
  })

  it('twice at once ends each run once', async () => {
    const ledger = at()
    await lose(ledger, 50)
    const ticks = await Promise.all([tick(ledger.as()), tick(ledger.as()), tick(ledger.as())])
    expect(ticks.reduce((sum, { lost }) => sum + lost.swept, 0)).toBe(50)
  })
})

describe('a tick on Postgres', () => {
  const at = useLedger(POSTGRES)

  it('adds what ended to the statistics', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    await succeedRun(tenant.worker, { leaseToken: (await working(tenant)).leaseToken })
    await failRun(tenant.worker, { leaseToken: (await working(tenant)).leaseToken, error: 'no luck' })
    await ledger.forgetChores()
    await tick(ledger.as())
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
