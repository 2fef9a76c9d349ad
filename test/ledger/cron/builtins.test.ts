import { beforeAll, describe, expect, it } from 'vitest'
import { cleanupExpired } from '../../../lib/ledger/cron/cleanup-expired.ts'
import { cleanupOldExecutions } from '../../../lib/ledger/cron/cleanup-old-executions.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { dispatchCron } from '../../../lib/ledger/cron/dispatch-cron.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import type { CronExecution } from '../../../lib/run/cron-execution.ts'
import { executionsOf, makeJob } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { beganAgo, DAY } from '../retention/steps.ts'
import { refusal, stored, working } from '../steps.ts'
import { atTime, builtinJob, clockAt, dispatch, statusesOf } from './steps.ts'

const TWO = '2026-05-05T02:00:00.000Z'
const DAY_MINUTES = 1_440

describe('the program’s own jobs', () => {
  const at = useLedger(POSTGRES)
  const here = (now: string) => atTime(at().as(), clockAt(now))
  beforeAll(() => syncCronJobs(here('2026-05-05T01:00:00.000Z')))

  const dispatched = async (name: string, now: string): Promise<CronExecution> => {
    const ctx = here(now)
    await dispatchCron(ctx, { until: ctx.now() + 60_000 })
    return must((await executionsOf(ctx.cron, must(await ctx.cron.getJob(name)))).at(-1))
  }

  it('end what is stale at two in the morning', async () => {
    const { person, worker, ...tenant } = at().tenant()
    // Claims see to what is due, too: by the same clock.
    const byClock = { ...worker, cron: here('2026-05-05T01:00:00.000Z').cron }
    const { id } = await working({ ...tenant, person, worker: byClock }, {}, { leaseSeconds: 3_600 })
    await beganAgo(at(), [id], 4 * DAY)
    const execution = await dispatched('daily-cleanup-2am', TWO)
    expect(execution).toMatchObject({
      status: 'completed',
      scheduledFor: TWO,
      metrics: { totalLogsUpdated: 1, scriptsAffected: 1 },
    })
    expect(await stored(at(), id)).toMatchObject({
      state: 'failed',
      error: 'Script marked as failed - exceeded 3 day timeout',
    })
    const [sweep] = await at().ports.sweeps.list({ kind: 'stale', limit: 1 })
    expect(sweep).toMatchObject({
      cronExecutionId: execution.id,
      requestedBy: 'cron',
      requestId: execution.requestId,
    })
  })

  it('forget what is old at three', async () => {
    const three = '2026-05-05T03:00:00.000Z'
    expect(await dispatched('daily-execution-cleanup', three)).toMatchObject({
      status: 'completed',
      output: '0 executions removed',
      metrics: { deleted: 0, cutoffDate: '2026-02-04T03:00:00.000Z', more: false },
    })
    expect(await dispatched('daily-expired-cleanup', three)).toMatchObject({
      status: 'completed',
      metrics: { limits: 0, deliveries: 0, more: false },
    })
  })

  it('may be triggered at any time', async () => {
    const ctx = here('2026-05-05T12:00:00.000Z')
    await triggerCronJob(ctx, { job: 'daily-cleanup-2am' })
    expect(await dispatched('daily-cleanup-2am', '2026-05-05T12:00:00.000Z')).toMatchObject({
      status: 'completed',
      scheduledFor: null,
      triggeredBy: 'manual',
      metrics: { totalLogsUpdated: 0 },
    })
  })
})

describe('a cleanup', () => {
  const at = useLedger(POSTGRES)

  it('forgets executions that are older than is set, or than is said, and keeps the last one', async () => {
    const clock = clockAt('2026-05-04T12:00:00.000Z')
    const ctx = atTime(at().as(), clock)
    const job = await builtinJob(ctx, { schedule: '0 12 * * *' })
    for (let day = 0; day < 5; day++, clock.pass(DAY_MINUTES)) await dispatch(ctx)
    expect(await statusesOf(ctx, job)).toHaveLength(5)
    expect(await cleanupOldExecutions(ctx)).toMatchObject({ deleted: 0, more: false })
    expect(await cleanupOldExecutions(ctx, { days: 3 })).toEqual({
      deleted: 2,
      cutoffDate: '2026-05-06T12:00:00.000Z',
      more: false,
    })
    await putCronSettings(ctx, { executionRetentionDays: 1 })
    clock.pass(30 * DAY_MINUTES)
    expect(await cleanupOldExecutions(ctx)).toMatchObject({ deleted: 2 })
    expect(await statusesOf(ctx, job)).toEqual(['completed'])
    expect(await refusal(cleanupOldExecutions(ctx, { days: 0 }))).toMatchObject({ code: 'invalid' })
  })

  it('of many ends with its time, and says that more remains', async () => {
    const ctx = atTime(at().as(), clockAt('2026-08-04T12:00:00.000Z'))
    const job = await makeJob(ctx.cron, { schedule: '* * * * *', nextRunAt: '2026-05-04T12:00:00.000Z' })
    await at().store.raw(`
      INSERT INTO cron_job_executions (id, "cronJobId", "scheduledFor", status, "createdAt")
      SELECT '01J' || lpad(n::text, 23, '0'), '${job.id}', t, 'missed', t
      FROM (SELECT n, timestamptz '2026-01-01' + n * interval '1 minute' AS t FROM generate_series(1, 2500) n) x`)
    const some = await cleanupOldExecutions(ctx, { days: 1 }, { budgetMs: 0 })
    expect(some).toMatchObject({ deleted: 2_000, more: true })
    expect(await cleanupOldExecutions(ctx, { days: 1 })).toMatchObject({ deleted: 499, more: false })
  })

  it('forgets counters of rate limits of an hour ago', async () => {
    const { limits, raw } = at().store
    await limits.draw('old', 1)
    await raw(`UPDATE rate_limits SET "windowStart" = now() - interval '2 hours'`)
    await limits.draw('new', 1)
    expect(await cleanupExpired(at().as())).toEqual({ limits: 1, deliveries: 0, more: false })
  })
})
