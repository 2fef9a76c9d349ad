import { beforeEach, describe, expect, it } from 'vitest'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { minute, NOON } from '../../contracts/cron-steps.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, builtinJob, clockAt, dispatch, doing } from './steps.ts'

describe('deleting a job with more executions than one statement removes', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  /** One that has failed, with its alert, after many that were skipped, and with one that waits. */
  async function failing() {
    const ctx = here()
    await putCronSettings(ctx, { alertAfterFailures: 1 })
    const job = await builtinJob(ctx, { overlapPolicy: 'queue' })
    await dispatch(ctx, {
      builtins: doing(async () => ({ success: false, message: 'no luck', metrics: {} })),
    })
    await at().store.raw(
      `INSERT INTO cron_job_executions (id, "cronJobId", status, "scheduledFor", "createdAt")
       SELECT 'old' || n, '${job.id}', 'skipped', now() - n * interval '1 second', now() - n * interval '1 second'
       FROM generate_series(1, 5000) n`,
    )
    await triggerCronJob(ctx, { job: job.id })
    return job
  }
  const left = async (id: string) =>
    (await at().store.raw(`SELECT status FROM cron_job_executions WHERE "cronJobId" = '${id}'`)) as {
      status: string
    }[]
  const openAlerts = () => at().store.raw('SELECT key FROM alerts WHERE "resolvedAt" IS NULL')

  it('ends within its time, says that some are left, and goes on when it is asked again', async () => {
    const job = await failing()
    expect(await openAlerts()).toHaveLength(1)
    const error = await refusal(deleteCronJob(here(), { job: job.name }, { budgetMs: 0 }))
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
    const some = await left(job.id)
    expect(some.length).toBeGreaterThan(0)
    expect(some.length).toBeLessThan(5_001)
    expect(some.map(({ status }) => status)).not.toContain('queued')
    await deleteCronJob(here(), { job: job.name })
    expect(await left(job.id)).toEqual([])
    expect(await openAlerts()).toEqual([])
    expect(await refusal(deleteCronJob(here(), { job: job.id }))).toMatchObject({ code: 'not_found' })
  })

  it('lets nothing of it begin meanwhile: not its time, nor a trigger, nor a change', async () => {
    const job = await failing()
    await refusal(deleteCronJob(here(), { job: job.id }, { budgetMs: 0 }))
    expect(await dispatch(here(minute(10)))).toMatchObject({ fired: 0, performed: { completed: 0 } })
    expect(await refusal(triggerCronJob(here(), { job: job.id }))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('is being deleted'),
    })
    const enabled = updateCronJob(here(), { job: job.id, isEnabled: true })
    expect(await refusal(enabled)).toMatchObject({ code: 'conflict' })
    await deleteCronJob(here(), { job: job.id })
  })
})
