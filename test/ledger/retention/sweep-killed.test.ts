import { describe, expect, it } from 'vitest'
import { endGoneSweeps } from '../../../lib/ledger/retention/end-gone-sweeps.ts'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { getSweep } from '../../../lib/ledger/retention/sweeps.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { SWEEP_GONE, Sweep } from '../../../lib/run/sweep.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { stored } from '../steps.ts'
import { alertsAbout } from './steps.ts'

const GONE = { item: null, message: SWEEP_GONE }

describe('a sweep whose process was killed', () => {
  const at = useLedger(POSTGRES)
  const rowOf = async (id: string) =>
    (await at().store.raw(`SELECT status, cursor, errors FROM sweeps WHERE id = '${id}'`))[0]

  /** One that goes no further than to look for what is stale, and whose time is over. */
  async function left(): Promise<string> {
    const ledger = at()
    const { sweeps } = ledger.ports
    const never = Promise.withResolvers<never>()
    const id = ledger.ports.newId()
    const findStale = () => never.promise
    void sweepStale({ ...ledger.as(), newId: () => id, sweeps: { ...sweeps, findStale } })
    await expect
      .poll(async () => (await ledger.store.runs.get([id]))[0]?.state, { timeout: 30_000 })
      .toBe('running')
    expect(await sweeps.get(id)).toMatchObject({ status: 'running', more: false, completedAt: null })
    const earlier = `now() - interval '1 second'`
    await ledger.store.raw(`UPDATE sweeps SET "leaseExpiresAt" = ${earlier} WHERE id = '${id}'`)
    await ledger.shift([id], 'leaseExpiresAt', -86_400)
    return id
  }

  it('has failed once its time is over, as a sweep and as a run', async () => {
    const ledger = at()
    const id = await left()
    await sweepLost(ledger.as())
    const sweep = await getSweep(ledger.as(), { id })
    expect(Sweep.parse(sweep)).toEqual(sweep)
    expect(sweep).toMatchObject({ status: 'failed', more: true, errors: [GONE] })
    expect(await stored(ledger, id)).toMatchObject({ state: 'failed', errorCode: 'lost' })
  })

  it('is ended by the next one of its kind, once, and reads the same before and after', async () => {
    const ledger = at()
    const id = await left()
    const before = await ledger.ports.sweeps.get(id)
    const swept = await Promise.all([sweepStale(ledger.as()), sweepStale(ledger.as())])
    for (const { sweep } of swept) expect(sweep.status).toBe('completed')
    expect(await ledger.ports.sweeps.get(id)).toEqual(before)
    expect(await rowOf(id)).toEqual({ status: 'failed', cursor: null, errors: [GONE] })
    expect(await endGoneSweeps(ledger.as())).toEqual([])
  })

  it('keeps what it had noted and where it got to, and the outside is told until one completes', async () => {
    const ledger = at()
    const id = await left()
    await ledger.store.raw(
      `UPDATE sweeps SET cursor = '{"after": 7}', errors = '[{"item": "x", "message": "y"}]' WHERE id = '${id}'`,
    )
    expect(await endGoneSweeps(ledger.as(), 'stale')).toMatchObject([{ id, status: 'failed', more: true }])
    expect(await rowOf(id)).toEqual({
      status: 'failed',
      cursor: { after: 7 },
      errors: [{ item: 'x', message: 'y' }, GONE],
    })
    expect((await alertsAbout(ledger, 'sweep.failing:stale'))[0]).toMatchObject({
      message: `the stale sweep failed: ${SWEEP_GONE} (and 1 more)`,
      resolvedAt: null,
    })
    await sweepStale(ledger.as())
    expect((await alertsAbout(ledger, 'sweep.failing:stale'))[0]?.resolvedAt).not.toBeNull()
  })

  it('is told apart from one that still has time', async () => {
    const ledger = at()
    const { sweeps } = ledger.ports
    const id = ledger.ports.newId()
    const asked = { policy: {}, requestedBy: 'test', requestId: null, cronExecutionId: null }
    await sweeps.begin({ id, kind: 'stale', dryRun: true, leaseSeconds: 600, ...asked })
    expect(await endGoneSweeps(ledger.as())).toEqual([])
    expect(await sweeps.get(id)).toMatchObject({ status: 'running', errors: [] })
  })

  it('that wakes up after it was ended says how it stands', async () => {
    const ledger = at()
    const { sweeps } = ledger.ports
    const findStale: typeof sweeps.findStale = async (search) => {
      await ledger.store.raw(`UPDATE sweeps SET "leaseExpiresAt" = now() - interval '1 second'
        WHERE status = 'running' AND NOT "dryRun"`)
      await endGoneSweeps(ledger.as())
      return sweeps.findStale(search)
    }
    const { sweep } = await sweepStale({ ...ledger.as(), sweeps: { ...sweeps, findStale } })
    expect(sweep).toMatchObject({ status: 'failed', errors: [GONE] })
  })
})
