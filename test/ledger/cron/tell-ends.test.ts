import { beforeEach, describe, expect, it } from 'vitest'
import { watchNowAndThen } from '../../../lib/ledger/alerts/watch-now-and-then.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { setCronJobEnabled } from '../../../lib/ledger/cron/update-cron-job.ts'
import { createWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { CronJob } from '../../../lib/run/cron-job.ts'
import { LedgerError } from '../../../lib/run/errors.ts'
import { minute, NOON } from '../../contracts/cron-steps.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, builtinJob, clockAt, dispatch, doing } from './steps.ts'

const failing = doing(async () => ({ success: false, message: 'no luck', metrics: {} }))

describe('the outside', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(async () => {
    for (const table of ['cron_jobs', 'cron_job_config', 'webhooks', 'deliveries', 'alerts'])
      await at().store.raw(`DELETE FROM ${table}`)
  })

  const listen = async (projectId: string | null = null) =>
    (await createWebhook(at().as(), { url: 'https://hooks.example/x', events: ['cron.*'], projectId })).id
  const told = (webhookId: string) =>
    at().store.raw(
      `SELECT "eventType" AS type, "eventId" AS id, payload->'data' AS data FROM deliveries WHERE "webhookId" = '${webhookId}' ORDER BY deliveries.id`,
    ) as Promise<{ type: string; id: string; data: Record<string, unknown> }[]>
  const typesTold = async (webhookId: string) => (await told(webhookId)).map(({ type }) => type)
  const alerts = () =>
    at().store.raw('SELECT key, type, message, "resolvedAt" FROM alerts ORDER BY id') as Promise<
      { key: string; message: string; resolvedAt: string | null }[]
    >

  it('is told of a success, a failure, a timeout and a recovery, each once', async () => {
    const webhook = await listen()
    const job = await builtinJob(here(), { timeoutMs: 100 })
    await dispatch(here())
    await dispatch(here(minute(5)), { builtins: failing })
    await dispatch(here(minute(10)), { builtins: doing(() => new Promise(() => {})) })
    await dispatch(here(minute(15)))
    await dispatch(here(minute(16)))
    expect(await typesTold(webhook)).toEqual([
      'cron.succeeded',
      'cron.failed',
      'cron.timeout',
      'cron.succeeded',
      'cron.recovered',
    ])
    expect((await told(webhook))[1]?.data).toMatchObject({
      cronJobId: job.id,
      name: job.name,
      status: 'failed',
      errorMessage: 'no luck',
      scheduledFor: minute(5),
      failuresInRow: 1,
    })
  })

  it('is told of what was missed, once for all that were missed together', async () => {
    const webhook = await listen()
    await builtinJob(here())
    await dispatch(here(minute(17)))
    expect(await typesTold(webhook)).toEqual(['cron.missed', 'cron.succeeded'])
    expect((await told(webhook))[0]?.data).toMatchObject({ scheduledFor: minute(10), status: 'missed' })
  })

  it('is told of its own project alone', async () => {
    const [mine, other] = [unique('p'), unique('p')]
    const hooks = [await listen(mine), await listen(other), await listen()]
    await builtinJob(here(), { projectId: mine })
    await dispatch(here())
    expect(await Promise.all(hooks.map(typesTold))).toEqual([['cron.succeeded'], [], ['cron.succeeded']])
  })

  it('is told by the next dispatch where one was killed before it could', async () => {
    const webhook = await listen()
    await builtinJob(here())
    const killed: Context = {
      ...here(),
      notices: {
        ...here().notices,
        announce: async () => {
          throw new LedgerError('unavailable', 'gone')
        },
      },
    }
    expect(await dispatch(killed)).toMatchObject({ more: true })
    expect(await typesTold(webhook)).toEqual([])
    const away = { ...killed, cron: { ...killed.cron, now: () => Promise.reject(new Error('away')) } }
    expect(await refusal(dispatch(away))).toMatchObject({ code: 'unavailable', message: 'gone' })
    await dispatch(here(minute(1)))
    expect(await typesTold(webhook)).toEqual(['cron.succeeded'])
  })

  it('is told of all others where one cannot be told, and of that one later', async () => {
    const webhook = await listen()
    const jobs = [await builtinJob(here()), await builtinJob(here())]
    const { notices } = here()
    const announce: typeof notices.announce = (event) =>
      event.data.cronJobId === jobs[0]?.id ? Promise.reject(new Error('no')) : notices.announce(event)
    await dispatch({ ...here(), notices: { ...notices, announce } })
    const jobsTold = async () => (await told(webhook)).map(({ data }) => data.cronJobId)
    expect(await jobsTold()).toEqual([jobs[1]?.id])
    await dispatch(here())
    expect(await jobsTold()).toEqual([jobs[1]?.id, jobs[0]?.id])
  })

  it('hears an alert of a job that fails three times in a row, once, and of its recovery', async () => {
    const job = await builtinJob(here())
    const fail = (n: number) => dispatch(here(minute(n)), { builtins: failing })
    await fail(0)
    await fail(5)
    expect(await alerts()).toEqual([])
    await fail(10)
    expect(await alerts()).toMatchObject([
      {
        key: `cron.failing:${job.id}`,
        type: 'cron.failing',
        message: `cron job ${job.name} has failed 3 times in a row: no luck`,
        resolvedAt: null,
      },
    ])
    await fail(15)
    expect(await alerts()).toHaveLength(1)
    await dispatch(here(minute(20)))
    const [resolved, ...more] = await alerts()
    expect([resolved?.resolvedAt === null, more]).toEqual([false, []])
    await dispatch(here(minute(25)), { builtins: failing })
    expect(await alerts()).toHaveLength(1)
  })

  it('hears it after as many failures as is set, and no more once the job is deleted', async () => {
    await putCronSettings(here(), { alertAfterFailures: 1 })
    const job = await builtinJob(here())
    await dispatch(here(), { builtins: failing })
    expect(await alerts()).toMatchObject([{ resolvedAt: null }])
    await deleteCronJob(here(), { job: job.id })
    expect((await alerts())[0]?.resolvedAt).not.toBeNull()
  })

  const openOnes = async () => (await alerts()).filter(({ resolvedAt }) => resolvedAt === null)

  it.each<[how: string, change: (job: CronJob) => Promise<unknown>]>([
    ['disabled', (job) => setCronJobEnabled(here(minute(1)), { job: job.id, isEnabled: false })],
    [
      'retired',
      async (job) => {
        await at().store.raw(`UPDATE cron_jobs SET definition = '{}' WHERE id = '${job.id}'`)
        await syncCronJobs(here(minute(1)))
      },
    ],
  ])('hears no more of a job that is %s, not of what it was at either', async (_how, change) => {
    await putCronSettings(here(), { alertAfterFailures: 1 })
    const job = await builtinJob(here())
    await dispatch(here(), { builtins: failing })
    expect(await openOnes()).toHaveLength(1)
    const stopping = doing(async () => {
      await change(job)
      return { success: false, message: 'no luck', metrics: {} }
    })
    await dispatch(here(minute(5)), { builtins: stopping })
    expect(await openOnes()).toEqual([])
  })

  it('hears of no failure that a success came after, whoever tells first', async () => {
    await putCronSettings(here(), { alertAfterFailures: 1 })
    await builtinJob(here())
    const ports = here()
    const succeedMeanwhile = async () => void (await dispatch(here(minute(5))))
    // Between what is to be told and the telling of it, and in the middle of that.
    const late: Context = {
      ...ports,
      cron: {
        ...ports.cron,
        untold: async (limit) => {
          const untold = await ports.cron.untold(limit)
          if (untold.some(({ event }) => event === 'cron.failed')) await succeedMeanwhile()
          return untold
        },
      },
    }
    await dispatch(late, { builtins: failing })
    expect(await openOnes()).toEqual([])
    const later: Context = {
      ...here(minute(10)),
      notices: {
        ...ports.notices,
        openAlert: async (alert, channels) => {
          await dispatch(here(minute(15)))
          return await ports.notices.openAlert(alert, channels)
        },
      },
    }
    await dispatch(later, { builtins: failing })
    expect((await alerts()).length).toBeGreaterThan(0)
    expect(await openOnes()).toEqual([])
  })

  it('hears within the hour that a job fails no more, where nobody could say so', async () => {
    await putCronSettings(here(), { alertAfterFailures: 1 })
    const [over, gone, failed] = [
      await builtinJob(here()),
      await builtinJob(here()),
      await builtinJob(here()),
    ]
    await dispatch(here(), { builtins: failing })
    expect(await openOnes()).toHaveLength(3)
    await at().store.raw(`UPDATE cron_jobs SET "isEnabled" = false WHERE id = '${over.id}'`)
    await at().store.raw(`DELETE FROM cron_jobs WHERE id = '${gone.id}'`)
    await at().forgetChores()
    await watchNowAndThen(at().as())
    expect(await openOnes()).toMatchObject([{ key: `cron.failing:${failed.id}` }])
  })
})
