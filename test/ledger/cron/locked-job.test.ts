import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { endExpired } from '../../../lib/ledger/cron/end-executions.ts'
import { fireDue } from '../../../lib/ledger/cron/fire-jobs.ts'
import { tellEnds } from '../../../lib/ledger/cron/tell-ends.ts'
import type { OpenStore } from '../../../lib/ports/open-store.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { failure, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { atTime, builtinJob, clockAt, dispatch, statusesOf } from './steps.ts'

describe('a row that somebody has locked for longer than a statement may take', () => {
  const at = useLedger(POSTGRES)
  let store: OpenStore | undefined
  /** One that waits for 2 s, not for 5. */
  beforeAll(async () => {
    store = await openPostgres({ url: `${urlOf()}?statement_timeout=2000` })
  })
  afterAll(() => store?.close())
  const urlOf = () => {
    const { address } = at()
    if (address.engine === 'sqlite') throw new Error('there are no rows to lock')
    return address.url
  }
  const here = (now = NOON) => atTime({ ...at().as(), ...must(store) }, clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  /** Locks rows from a connection of somebody's own, who then leaves it alone. Gives them back. */
  async function lock(statement: string): Promise<() => Promise<void>> {
    const client = new pg.Client({ connectionString: urlOf() })
    await client.connect()
    let ended: Promise<void> | undefined
    const end = () => {
      ended ??= client.end()
      return ended
    }
    onTestFinished(end)
    await client.query('BEGIN')
    const { rowCount } = await client.query(statement)
    expect(rowCount).toBe(1)
    return end
  }

  it('keeps one job from its time, and no other', { timeout: 120_000 }, async () => {
    const [locked, other] = [
      await builtinJob(here(), { nextRunAt: minute(-1), schedule: '0 * * * *' }),
      await builtinJob(here(), { schedule: '0 * * * *' }),
    ]
    const unlock = await lock(`UPDATE cron_jobs SET description = 'mine' WHERE id = '${locked.id}'`)
    expect(await dispatch(here())).toMatchObject({ fired: 1, performed: { completed: 1 }, more: true })
    expect(await statusesOf(here(), other)).toEqual(['completed'])
    expect(at().logged).toContainEqual(
      expect.objectContaining({ level: 'error', cronJob: locked.name, error: expect.anything() }),
    )
    await unlock()
    await dispatch(here())
    expect(await statusesOf(here(), locked)).not.toEqual([])
  })

  it('keeps one execution from its end, and no other', { timeout: 120_000 }, async () => {
    const jobs = [await builtinJob(here()), await builtinJob(here())]
    await fireDue(here(), NOON, Number.POSITIVE_INFINITY)
    const claim = { at: NOON, limit: 2, graceMs: 1, requestId: 'test' }
    const claimed = await here().cron.claim(claim)
    expect(claimed).toHaveLength(2)
    const [first, second] = [claimed[0]?.execution.id, claimed[1]?.execution.id]
    const unlock = await lock(`UPDATE cron_job_executions SET reason = 'mine' WHERE id = '${first}'`)
    expect(await endExpired(here(), minute(10))).toBe(1)
    const statuses = async () => Promise.all(jobs.map((job) => statusesOf(here(), job)))
    expect((await statuses()).flat().toSorted()).toEqual(['running', 'timeout'])
    expect(await here().cron.getExecution(second ?? '')).toMatchObject({ status: 'timeout' })
    await unlock()
    expect(await endExpired(here(), minute(10))).toBe(1)
    expect((await statuses()).flat()).toEqual(['timeout', 'timeout'])
  })

  it('keeps one end from being told, and no other', { timeout: 120_000 }, async () => {
    const jobs = [await builtinJob(here()), await builtinJob(here())]
    const { cron } = here()
    // So many failures in a row that an alert is opened, which is locked: it is open already.
    await at().store.raw('UPDATE cron_jobs SET "failuresInRow" = 5')
    await at().store.raw(
      `INSERT INTO alerts (key, type, message) VALUES ('cron.failing:${jobs[0]?.id}', 'cron.failing', 'it fails')`,
    )
    const unlock = await lock(`UPDATE alerts SET message = 'mine' WHERE key = 'cron.failing:${jobs[0]?.id}'`)
    await fireDue(here(), NOON, Number.POSITIVE_INFINITY)
    for (const { execution } of await cron.claim({ at: NOON, limit: 2, graceMs: 1, requestId: 'test' }))
      await cron.complete(failure({ execution }))
    expect(await tellEnds(here())).toBe(1)
    const untold = async () => (await cron.untold(10)).map(({ job }) => job.id)
    expect(await untold()).toEqual([jobs[0]?.id])
    await unlock()
    expect(await tellEnds(here())).toBe(1)
    expect(await untold()).toEqual([])
  })
})
