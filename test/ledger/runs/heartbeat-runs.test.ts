import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun, heartbeatRuns } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { startRun } from '../../../lib/ledger/runs/start-run.ts'
import { sweepLost } from '../../../lib/ledger/runs/sweep-lost.ts'
import { ENGINES, useLedger } from '../../support/open-ledger.ts'
import { claimed, eventsOf, refusal, stored, working } from '../steps.ts'

describe.each(ENGINES)('a heartbeat on $name', (engine) => {
  const at = useLedger(engine)

  it('extends the lease by its own length', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, {}, { leaseSeconds: 600 })
    await ledger.shift([id], 'leaseExpiresAt', -500)
    await ledger.shift([id], 'heartbeatAt', -500)
    const answer = await heartbeatRun(tenant.worker, { leaseToken })
    const run = await stored(ledger, id)
    expect(answer).toEqual({ id, leaseExpiresAt: run.leaseExpiresAt, cancelRequested: false })
    expect(Date.parse(answer.leaseExpiresAt) - Date.parse(run.heartbeatAt ?? '')).toBe(600_000)
  })

  it('keeps alive a run whose lease ran out, as long as nobody took it away', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await ledger.shift([id], 'leaseExpiresAt', -600)
    await ledger.shift([id], 'heartbeatAt', -600)
    await heartbeatRun(tenant.worker, { leaseToken })
    await sweepLost(ledger.as())
    expect(await stored(ledger, id)).toMatchObject({ state: 'running' })
  })

  it('notes progress in whole percent, and its message', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant)
    await heartbeatRun(tenant.worker, { leaseToken, progress: 33.9, message: 'a third\u0000 of it \uD83D' })
    expect(await stored(ledger, id)).toMatchObject({
      progress: 33,
      progressMessage: 'a third\uFFFD of it \uFFFD',
    })
    const [event] = (await eventsOf(ledger, id)).filter(({ type }) => type === 'run.progress')
    expect(event).toMatchObject({ actor: 'worker', data: { progress: 33 } })
  })

  it('tells that a cancel was asked for', async () => {
    const tenant = at().tenant()
    const { id, leaseToken } = await working(tenant)
    await cancelRun(tenant.person, { id })
    expect(await heartbeatRun(tenant.worker, { leaseToken })).toMatchObject({ cancelRequested: true })
  })

  it('is too late once the run has ended, was swept, or went to another', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const done = await working(tenant)
    await succeedRun(tenant.worker, { leaseToken: done.leaseToken })
    const lost = await working(tenant, { maxAttempts: 2 })
    await ledger.shift([lost.id], 'leaseExpiresAt', -100)
    await sweepLost(ledger.as())
    for (const { leaseToken } of [done, lost])
      expect(await refusal(heartbeatRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
    await ledger.shift([lost.id], 'runAt', -100)
    const next = await claimed(tenant.worker)
    expect(await refusal(heartbeatRun(tenant.worker, { leaseToken: lost.leaseToken }))).toMatchObject({
      code: 'lease_lost',
    })
    expect(await heartbeatRun(tenant.worker, { leaseToken: next.leaseToken })).toMatchObject({ id: lost.id })
  })

  it('is for a run there is: one deleted meanwhile is not found', async () => {
    const ledger = at()
    const { worker } = ledger.tenant()
    const id = ulid()
    const { leaseToken } = await startRun(worker, { id, kind: 'k', workerId: 'w' })
    await ledger.store.raw(`DELETE FROM runs WHERE id = '${id}'`)
    expect(await refusal(heartbeatRun(worker, { leaseToken }))).toMatchObject({ code: 'not_found' })
  })

  it('of many at once is answered one by one, in order', async () => {
    const ledger = at()
    const [tenant, other] = [ledger.tenant(), ledger.tenant()]
    const [a, b, c] = [await working(tenant), await working(tenant), await working(other)]
    await succeedRun(tenant.worker, { leaseToken: b.leaseToken })
    await cancelRun(tenant.person, { id: a.id })
    const answers = await heartbeatRuns(tenant.worker, [
      { leaseToken: b.leaseToken },
      { leaseToken: 'made up' },
      { leaseToken: a.leaseToken, progress: 50 },
      { leaseToken: a.leaseToken, progress: 500 },
      { leaseToken: a.leaseToken, id: b.id },
      { leaseToken: c.leaseToken },
      null,
      { leaseToken: a.leaseToken },
    ])
    expect(answers).toMatchObject([
      { code: 'lease_lost' },
      { code: 'invalid' },
      { id: a.id, cancelRequested: true },
      { code: 'invalid' },
      { code: 'invalid' },
      { code: 'not_found' },
      { code: 'invalid' },
      { id: a.id, cancelRequested: true },
    ])
  })

  it('is for 500 runs at most, and for one at least', async () => {
    const { worker } = at().tenant()
    for (const wrong of [[], Array.from({ length: 501 }, () => ({ leaseToken: 'x' })), 'all'])
      expect(await refusal(heartbeatRuns(worker, wrong as unknown[]))).toMatchObject({ code: 'invalid' })
  })
})
