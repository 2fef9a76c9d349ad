import { describe, expect, it } from 'vitest'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { watchSweeps, watchSweepsNowAndThen } from '../../../lib/ledger/retention/watch-sweeps.ts'
import { tick } from '../../../lib/ledger/tick.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'

const JOB = 'daily-cleanup-2am'

describe('the watch over sweeps', () => {
  const at = useLedger(POSTGRES)
  const alerts = async (key: string) =>
    (await at().store.raw(
      `SELECT message, "resolvedAt" FROM alerts WHERE key = '${key}' ORDER BY id DESC`,
    )) as { message: string; resolvedAt: string | null }[]
  /** As if the job had been made, and its sweeps had ended, so many hours earlier. */
  const hoursLater = async (hours: number) => {
    await at().store.raw(`UPDATE cron_jobs SET "createdAt" = "createdAt" - interval '${hours} hours'`)
    await at().store.raw(`UPDATE sweeps SET "completedAt" = "completedAt" - interval '${hours} hours'`)
  }
  const fresh = async (): Promise<Context> => {
    const ctx = at().as()
    await at().store.raw('TRUNCATE cron_jobs, sweeps, alerts CASCADE')
    await syncCronJobs(ctx)
    return ctx
  }

  it('says once that the sweep is overdue by a day, and says when it has been made', async () => {
    const ctx = await fresh()
    expect(await watchSweeps(ctx)).toEqual({ overdue: false })
    await sweepStale(ctx)
    await hoursLater(23)
    expect(await watchSweeps(ctx)).toEqual({ overdue: false })
    await hoursLater(25)
    for (let n = 0; n < 3; n++) expect(await watchSweeps(ctx)).toEqual({ overdue: true })
    const [open, ...others] = await alerts('sweep.overdue:stale')
    expect(others).toEqual([])
    expect(open).toMatchObject({
      message: expect.stringMatching(/was due at .*T02:00:00\.000Z/),
      resolvedAt: null,
    })
    await sweepStale(ctx, { dryRun: true })
    expect((await alerts('sweep.overdue:stale'))[0]?.resolvedAt).toBeNull()
    await sweepStale(ctx)
    expect((await alerts('sweep.overdue:stale'))[0]?.resolvedAt).not.toBeNull()
    expect(await watchSweeps(ctx)).toEqual({ overdue: false })
  })

  it('counts from when the job was made, where none was ever made', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    expect(await watchSweeps(ctx)).toEqual({ overdue: true })
  })

  it('goes by the schedule as people have set it, and says nothing of a job that is disabled', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    const inTenDays = new Date(Date.now() + 10 * 86_400_000)
    const yearly = `0 2 ${inTenDays.getUTCDate()} ${inTenDays.getUTCMonth() + 1} *`
    await updateCronJob(ctx, { job: JOB, schedule: yearly })
    expect(await watchSweeps(ctx)).toEqual({ overdue: false })
    await updateCronJob(ctx, { job: JOB, schedule: '0 3 * * *' })
    expect(await watchSweeps(ctx)).toEqual({ overdue: true })
    await setCronJobEnabled(ctx, { job: JOB, isEnabled: false })
    expect(await watchSweeps(ctx)).toEqual({ overdue: false })
  })

  it('is kept by ticks once an hour, however often they come', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    await at().forgetChores()
    await tick(ctx, { cron: false })
    expect(await alerts('sweep.overdue:stale')).toHaveLength(1)
    await at().store.raw('TRUNCATE alerts')
    await tick(ctx, { cron: false })
    await watchSweepsNowAndThen(ctx)
    expect(await alerts('sweep.overdue:stale')).toEqual([])
  })

  it('opens an alert for a sweep that fails, and resolves it when one completes', async () => {
    const ctx = await fresh()
    const findStale = async () => {
      await at().store.raw('SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(4)')
      throw new Error('the database should have stopped this')
    }
    await refusal(sweepStale({ ...ctx, sweeps: { ...ctx.sweeps, findStale } }))
    const [open] = await alerts('sweep.failing:stale')
    expect(open).toMatchObject({
      message: expect.stringMatching(/^the stale sweep failed: /),
      resolvedAt: null,
    })
    await sweepStale(ctx)
    expect((await alerts('sweep.failing:stale'))[0]?.resolvedAt).not.toBeNull()
  })
})
