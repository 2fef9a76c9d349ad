import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { failRun, succeedRun } from '../../../lib/ledger/runs/complete-runs.ts'
import { heartbeatRun } from '../../../lib/ledger/runs/heartbeat-runs.ts'
import { retryRun } from '../../../lib/ledger/runs/retry-run.ts'
import { ENGINES, type Tenant, useLedger } from '../../support/open-ledger.ts'
import { claimed, enqueued, eventTypes, lastEvent, refusal, stored, wholeOf, working } from '../steps.ts'

async function failed(tenant: Tenant): Promise<{ id: string; leaseToken: string }> {
  const { id, leaseToken } = await working(tenant)
  await heartbeatRun(tenant.worker, { leaseToken, progress: 40, message: 'nearly' })
  const metrics = { memoryPeakBytes: 1, cpuSeconds: 1 }
  await failRun(tenant.worker, { leaseToken, error: 'no luck', exitCode: 3, metrics })
  return { id, leaseToken }
}

describe.each(ENGINES)('retry on $name', (engine) => {
  const at = useLedger(engine)

  it('queues a failed run again as if it had never run, but for its fence and its folder', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await failed(tenant)
    const { folderName } = await stored(ledger, id)
    const run = await retryRun(tenant.person, { id, reason: 'the disk is mended' })
    expect(folderName).not.toBeNull()
    expect(run).toMatchObject({
      state: 'queued',
      attempt: 0,
      fence: 1,
      folderName,
      error: null,
      errorCode: null,
      exitCode: null,
      memoryPeakBytes: null,
      cpuSeconds: null,
      progress: 0,
      progressMessage: null,
      startedAt: null,
      finishedAt: null,
      durationMs: null,
      claimedBy: null,
      heartbeatAt: null,
    })
    expect(await lastEvent(ledger, id, 'run.retried')).toMatchObject({
      actor: 'person',
      data: { reason: 'the disk is mended', by: 'person' },
    })
    expect((await claimed(tenant.worker)).run).toMatchObject({ id, attempt: 1, fence: 2 })
  })

  it('queues a canceled run again, and forgets that it should stop', async () => {
    const ledger = at()
    const { person, worker } = ledger.tenant()
    const { id } = await enqueued(person)
    await cancelRun(person, { id })
    expect(await retryRun(person, { id })).toMatchObject({ state: 'queued', cancelRequestedAt: null })
    const { leaseToken } = await claimed(worker)
    expect(await heartbeatRun(worker, { leaseToken })).toMatchObject({ cancelRequested: false })
    expect((await failRun(worker, { leaseToken, error: 'no luck' })).run).toMatchObject({ state: 'failed' })
  })

  it('gives all attempts anew', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id, leaseToken } = await working(tenant, { maxAttempts: 2 })
    await failRun(tenant.worker, { leaseToken, error: 'no luck', retryable: false })
    await retryRun(tenant.person, { id })
    const next = await claimed(tenant.worker)
    expect((await failRun(tenant.worker, { leaseToken: next.leaseToken, error: 'again' })).run).toMatchObject(
      {
        state: 'queued',
        attempt: 1,
      },
    )
  })

  it('keeps whoever held the run before locked out', async () => {
    const tenant = at().tenant()
    const { id, leaseToken } = await failed(tenant)
    await retryRun(tenant.person, { id })
    await claimed(tenant.worker)
    expect(await refusal(heartbeatRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
    expect(await refusal(succeedRun(tenant.worker, { leaseToken }))).toMatchObject({ code: 'lease_lost' })
  })

  it('of a run in any other state is a conflict and changes nothing', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const good = await working(tenant)
    await succeedRun(tenant.worker, { leaseToken: good.leaseToken })
    const running = await working(tenant)
    const queued = await enqueued(tenant.person)
    for (const [{ id }, state] of [
      [good, 'succeeded'],
      [running, 'running'],
      [queued, 'queued'],
    ] as const) {
      const before = await wholeOf(ledger, id)
      const error = await refusal(retryRun(tenant.person, { id }))
      expect(error).toMatchObject({ code: 'conflict', message: expect.stringContaining(`it is ${state}`) })
      expect(await wholeOf(ledger, id)).toEqual(before)
    }
  })

  it('of a run whose files are put away is a conflict that says what to do', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await failed(tenant)
    await ledger.store.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${id}'`)
    const before = await wholeOf(ledger, id)
    const error = await refusal(retryRun(tenant.person, { id }))
    expect(error).toMatchObject({
      code: 'conflict',
      message: `run ${id} cannot be retried: its files are archived; restore it first`,
    })
    expect(await wholeOf(ledger, id)).toEqual(before)
  })

  it('twenty times at once queues it once', async () => {
    const ledger = at()
    const tenant = ledger.tenant()
    const { id } = await failed(tenant)
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => retryRun(tenant.person, { id })))
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await eventTypes(ledger, id)).filter((type) => type === 'run.retried')).toHaveLength(1)
    expect(await claimRuns(tenant.worker, { workerId: 'w', limit: 10 })).toHaveLength(1)
  })

  it('of a run there is none of is not found', async () => {
    const { person } = at().tenant()
    expect(await refusal(retryRun(person, { id: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' }))).toMatchObject({
      code: 'not_found',
    })
    expect(await refusal(retryRun(person, { id: '42' }))).toMatchObject({ code: 'invalid' })
  })
})
