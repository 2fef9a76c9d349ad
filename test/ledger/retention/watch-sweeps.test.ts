import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { watchNowAndThen } from '../../../lib/ledger/alerts/watch-now-and-then.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { sweepStale } from '../../../lib/ledger/retention/sweep-stale.ts'
import { watchSweeps } from '../../../lib/ledger/retention/watch-sweeps.ts'
import { tick } from '../../../lib/ledger/tick.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { SweepKind } from '../../../lib/run/sweep.ts'
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
    const ago = (name: string) => `"${name}" = "${name}" - interval '${hours} hours'`
    await at().store.raw(`UPDATE cron_jobs SET ${['createdAt', 'updatedAt'].map(ago).join(', ')}`)
    await at().store.raw(
      `UPDATE sweeps SET ${['startedAt', 'completedAt', 'leaseExpiresAt'].map(ago).join(', ')}`,
    )
  }
  const openKeys = async () => {
    const rows = await at().store.raw(`SELECT key FROM alerts WHERE "resolvedAt" IS NULL ORDER BY key`)
    return (rows as { key: string }[]).map(({ key }) => key)
  }
  /** One that its process left in the middle. */
  const killedSweep = (kind: SweepKind = 'stale') =>
    at().ports.sweeps.begin({
      id: ulid(),
      kind,
      dryRun: false,
      policy: {},
      requestedBy: 'cron',
      requestId: null,
      cronExecutionId: null,
      leaseSeconds: 300,
    })
  const fresh = async (): Promise<Context> => {
    const ctx = at().as()
    await at().store.raw('TRUNCATE cron_jobs, sweeps, alerts CASCADE')
    await syncCronJobs(ctx)
    await at().store.raw(`UPDATE cron_jobs SET "isEnabled" = name = '${JOB}'`)
    return ctx
  }

  it('says once that the sweep is overdue by a day, and says when it has been made', async () => {
    const ctx = await fresh()
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await sweepStale(ctx)
    await hoursLater(23)
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await hoursLater(25)
    for (let n = 0; n < 3; n++) expect(await watchSweeps(ctx)).toEqual({ overdue: ['stale'] })
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
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
  })

  it('counts from when the job was made, where none was ever made', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    expect(await watchSweeps(ctx)).toEqual({ overdue: ['stale'] })
  })

  it('goes by the schedule as people have set it, and says nothing of a job that is disabled', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    const inTenDays = new Date(Date.now() + 10 * 86_400_000)
    const yearly = `0 2 ${inTenDays.getUTCDate()} ${inTenDays.getUTCMonth() + 1} *`
    await updateCronJob(ctx, { job: JOB, schedule: yearly })
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await updateCronJob(ctx, { job: JOB, schedule: '0 3 * * *' })
    await hoursLater(49)
    expect(await watchSweeps(ctx)).toEqual({ overdue: ['stale'] })
    await setCronJobEnabled(ctx, { job: JOB, isEnabled: false })
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
  })

  it('counts from when the job was enabled again, or scheduled anew: nothing was due of that before', async () => {
    const ctx = await fresh()
    await sweepStale(ctx)
    await setCronJobEnabled(ctx, { job: JOB, isEnabled: false })
    await hoursLater(240)
    await setCronJobEnabled(ctx, { job: JOB, isEnabled: true })
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await updateCronJob(ctx, { job: JOB, schedule: '0 3 * * *' })
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await hoursLater(49)
    expect(await watchSweeps(ctx)).toEqual({ overdue: ['stale'] })
  })

  it.each<[how: string, change: (ctx: Context) => Promise<unknown>]>([
    ['disabled', (ctx) => setCronJobEnabled(ctx, { job: JOB, isEnabled: false })],
    ['the program’s no more', (ctx) => syncCronJobs(ctx, [])],
  ])('takes back what it said once the job is %s, that the sweep fails, too', async (_how, change) => {
    const ctx = await fresh()
    await killedSweep()
    await hoursLater(49)
    await watchSweeps(ctx)
    expect(await openKeys()).toEqual(['sweep.failing:stale', 'sweep.overdue:stale'])
    await change(ctx)
    expect(await openKeys()).toEqual([])
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    expect(await openKeys()).toEqual([])
  })

  it('takes back that it is overdue once it is scheduled for later', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    await watchSweeps(ctx)
    expect(await openKeys()).toEqual(['sweep.overdue:stale'])
    await updateCronJob(ctx, { job: JOB, schedule: '0 2 1 1 *' })
    expect(await openKeys()).toEqual([])
  })

  it('says that a job with a problem makes no sweep, a day after', async () => {
    const ctx = await fresh()
    await at().store.raw(`UPDATE cron_jobs SET problem = 'X_SCHEDULE is not set', "nextRunAt" = NULL`)
    expect(await watchSweeps(ctx)).toEqual({ overdue: [] })
    await hoursLater(25)
    expect(await watchSweeps(ctx)).toEqual({ overdue: ['stale'] })
    expect((await alerts('sweep.overdue:stale'))[0]?.message).toMatch(
      /^no stale sweep has completed since .*: cron job daily-cleanup-2am does not run, as X_SCHEDULE is not set$/,
    )
  })

  it('says of a sweep whose process was killed that it failed, and once another completes that all is well', async () => {
    const ctx = await fresh()
    await killedSweep()
    await watchSweeps(ctx)
    // Its lease has not run out: it may be at work.
    expect(await openKeys()).toEqual([])
    await at().store.raw(`UPDATE sweeps SET "leaseExpiresAt" = now() - interval '1 second'`)
    for (let n = 0; n < 3; n++) await watchSweeps(ctx)
    expect(await alerts('sweep.failing:stale')).toMatchObject([
      { message: expect.stringMatching(/^the stale sweep failed: .*process/), resolvedAt: null },
    ])
    await sweepStale(ctx)
    await watchSweeps(ctx)
    expect(await openKeys()).toEqual([])
  })

  it.each<[kind: SweepKind, job: string]>([
    ['archive', 'daily-archive-2am'],
    ['verify', 'daily-archive-verification'],
    ['delete', 'daily-old-run-cleanup'],
    ['purge', 'daily-old-run-cleanup'],
    ['cleanup', 'daily-script-run-cleanup'],
    ['reconcile', 'daily-storage-reconciliation'],
  ])('is over the %s sweep, too: overdue, left by its process, and no more made', async (kind, job) => {
    const ctx = await fresh()
    await setCronJobEnabled(ctx, { job: JOB, isEnabled: false })
    await setCronJobEnabled(ctx, { job, isEnabled: true })
    await hoursLater(49)
    expect((await watchSweeps(ctx)).overdue).toContain(kind)
    const { id } = await killedSweep(kind)
    await at().store.raw(`UPDATE sweeps SET "leaseExpiresAt" = now() - interval '1 second'`)
    await watchSweeps(ctx)
    const keys = [`sweep.failing:${kind}`, `sweep.overdue:${kind}`]
    expect(await openKeys()).toEqual(expect.arrayContaining(keys))
    expect(await at().store.raw(`SELECT status FROM sweeps WHERE id = '${id}'`)).toEqual([
      { status: 'failed' },
    ])
    await setCronJobEnabled(ctx, { job, isEnabled: false })
    expect(await openKeys()).toEqual([])
  })

  it('does not call overdue what waits for somebody to approve it', async () => {
    const ctx = await fresh()
    await setCronJobEnabled(ctx, { job: 'daily-old-run-cleanup', isEnabled: true })
    await hoursLater(49)
    const { id } = await killedSweep('delete')
    await at().store.raw(
      `UPDATE sweeps SET status = 'needs_approval', "completedAt" = now() WHERE id = '${id}'`,
    )
    expect((await watchSweeps(ctx)).overdue.toSorted()).toEqual(['purge', 'stale'])
  })

  it('is kept by ticks once an hour, however often they come', async () => {
    const ctx = await fresh()
    await hoursLater(49)
    await at().forgetChores()
    await tick(ctx, { cron: false })
    expect(await alerts('sweep.overdue:stale')).toHaveLength(1)
    await at().store.raw('TRUNCATE alerts')
    await tick(ctx, { cron: false })
    await watchNowAndThen(ctx)
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
