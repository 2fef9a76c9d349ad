import { describe, expect, it } from 'vitest'
import { awaitingWorker } from '../../../lib/ledger/cron/awaiting-worker.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { claimRuns } from '../../../lib/ledger/runs/claim-runs.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { madeJob } from './steps.ts'

describe('an execution whose run waits for a worker', () => {
  const at = useLedger(POSTGRES)

  it('is told of until one has claimed the run', async () => {
    const ctx = at().as()
    const [kind, other] = [unique('kind'), unique('kind')]
    const job = await madeJob(ctx, { action: { type: 'enqueue', kind } })
    const idle = await madeJob(ctx, { action: { type: 'enqueue', kind: other } })
    expect(await awaitingWorker(ctx, { job: job.id })).toEqual(new Set())
    const { executionId } = await triggerCronJob(ctx, { job: job.id })
    const { executionId: beside } = await triggerCronJob(ctx, { job: idle.id })
    expect(await awaitingWorker(ctx)).toEqual(new Set([executionId, beside]))
    expect(await awaitingWorker(ctx, { job: job.id })).toEqual(new Set([executionId]))
    await claimRuns(ctx, { workerId: 'worker:1', kinds: [kind], limit: 1 })
    expect(await awaitingWorker(ctx)).toEqual(new Set([beside]))
  })
})
