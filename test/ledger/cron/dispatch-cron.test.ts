import { beforeEach, describe, expect, it } from 'vitest'
import {
  cancelCronExecution,
  getCronExecution,
  listCronExecutions,
} from '../../../lib/ledger/cron/cron-executions.ts'
import { getCronJob } from '../../../lib/ledger/cron/cron-jobs.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { setCronJobEnabled } from '../../../lib/ledger/cron/update-cron-job.ts'
import type { CronStore } from '../../../lib/ports/cron-store.ts'
import { executionsOf, jobNow, minute, NOON } from '../../contracts/cron-steps.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, builtinJob, clockAt, dispatch, doing, madeJob, statusesOf, succeed } from './steps.ts'

const NOTHING = {
  fired: 0,
  missed: 0,
  skipped: 0,
  expired: 0,
  ended: 0,
  performed: { completed: 0, failed: 0, timeout: 0, canceled: 0 },
  waiting: 0,
  more: false,
  overdue: null,
}

const YEAR_MS = 365 * 86_400_000
const BUDGET_MS = 300

describe('a dispatch', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  it('with nothing to do asks one question', async () => {
    const ctx = here()
    const asked: string[] = []
    const cron = new Proxy(ctx.cron, {
      get: (store, name: keyof CronStore) => {
        asked.push(name)
        return store[name]
      },
    })
    expect(await dispatch({ ...ctx, cron })).toEqual(NOTHING)
    expect(asked).toEqual(['look'])
  })

  it('runs what is due, and keeps what came of it', async () => {
    const ctx = here(minute(1))
    const job = await builtinJob(ctx, { schedule: '0 * * * *' })
    const seen: object[] = []
    const builtins = doing(async ({ actor, requestId }, { executionId, signal, budgetMs }) => {
      seen.push({ actor: actor.name, requestId, executionId, aborted: signal.aborted, budgetMs })
      return { success: true, message: 'three done', metrics: { items: 3 } }
    })
    expect(await dispatch(ctx, { builtins })).toEqual({
      ...NOTHING,
      fired: 1,
      performed: { ...NOTHING.performed, completed: 1 },
    })
    const [execution, ...more] = await executionsOf(ctx.cron, job)
    expect(more).toEqual([])
    expect(execution).toMatchObject({
      status: 'completed',
      scheduledFor: NOON,
      startedAt: minute(1),
      completedAt: minute(1),
      durationMs: 0,
      lateMs: 60_000,
      output: 'three done',
      metrics: { items: 3 },
      exitCode: 0,
      errorMessage: null,
      triggeredBy: 'scheduler',
      requestId: ctx.requestId,
      memoryUsageMb: expect.any(Number),
    })
    expect(seen).toEqual([
      {
        actor: 'cron',
        requestId: ctx.requestId,
        executionId: execution?.id,
        aborted: false,
        budgetMs: 60_000,
      },
    ])
    expect(await jobNow(ctx.cron, job)).toMatchObject({ nextRunAt: '2026-05-04T13:00:00.000Z' })
    expect(await dispatch(ctx, { builtins })).toEqual(NOTHING)
    expect((await getCronJob(ctx, { job: job.id })).statistics).toMatchObject({
      last: { id: execution?.id },
      byStatus: { completed: 1 },
      averageDurationMs: 0,
      successRate: 1,
    })
  })

  it('keeps the error and the stack of what throws, and what it says where it does not succeed', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { overlapPolicy: 'allow' })
    const throwing = doing(async () => {
      throw new Error('no luck')
    })
    expect(await dispatch(ctx, { builtins: throwing })).toMatchObject({ performed: { failed: 1 } })
    const later = here(minute(5))
    const saying = doing(async () => ({ success: false, message: 'half of it', metrics: { items: 1 } }))
    await dispatch(later, { builtins: saying })
    const last = here(minute(10))
    await dispatch(last, { builtins: {} })
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      {
        status: 'failed',
        errorMessage: 'no luck',
        stackTrace: expect.stringContaining('dispatch-cron.test'),
      },
      { status: 'failed', errorMessage: 'half of it', exitCode: 1, metrics: { items: 1 }, stackTrace: null },
      { status: 'failed', errorMessage: 'the program has no such builtin any more' },
    ])
    expect(await jobNow(ctx.cron, job)).toMatchObject({ failuresInRow: 3 })
  })

  it('keeps 16 KB of what is said', async () => {
    const ctx = here()
    const job = await builtinJob(ctx)
    await dispatch(ctx, {
      builtins: doing(async () => ({ success: true, message: 'ß'.repeat(20_000), metrics: {} })),
    })
    const output = must((await executionsOf(ctx.cron, job))[0]?.output)
    expect(new TextEncoder().encode(output).length).toBeLessThanOrEqual(16_384)
    expect(output).toContain('bytes left out')
  })

  it('of ten at once on two instances performs each once', async () => {
    const ports = [at().ports, await at().another()]
    const all = ports.map((one) => ({ ...here(), cron: atTime(one, clockAt(NOON)).cron }))
    const jobs = await Promise.all(Array.from({ length: 5 }, () => builtinJob(must(all[0]))))
    let performed = 0
    const builtins = doing(async () => {
      performed++
      return { success: true, message: '', metrics: {} }
    })
    await Promise.all(Array.from({ length: 10 }, (_, n) => dispatch(must(all[n % 2]), { builtins })))
    expect(performed).toBe(5)
    for (const job of jobs) expect(await statusesOf(must(all[0]), job)).toEqual(['completed'])
  })

  it('has so many executions under way as it is told', async () => {
    const ctx = here()
    await Promise.all(Array.from({ length: 7 }, () => builtinJob(ctx)))
    let [underWay, most] = [0, 0]
    const builtins = doing(async () => {
      most = Math.max(most, ++underWay)
      await new Promise((resolve) => setTimeout(resolve, 20))
      underWay--
      return { success: true, message: '', metrics: {} }
    })
    expect(await dispatch(ctx, { builtins, concurrency: 3 })).toMatchObject({ performed: { completed: 7 } })
    expect(most).toBe(3)
  })

  it('records what was missed, and runs the last one', async () => {
    const ctx = here(minute(17))
    const job = await builtinJob(ctx)
    expect(await dispatch(ctx)).toMatchObject({ fired: 1, missed: 3, performed: { completed: 1 } })
    const executions = await executionsOf(ctx.cron, job)
    expect(executions.map(({ scheduledFor, status, lateMs }) => [scheduledFor, status, lateMs])).toEqual([
      [NOON, 'missed', 1_020_000],
      [minute(5), 'missed', 720_000],
      [minute(10), 'missed', 420_000],
      [minute(15), 'completed', 120_000],
    ])
    expect(executions[0]?.reason).toContain('a later one runs in its place')
  })

  it('runs up to ten that were missed one after the other, where the job says so', async () => {
    const ctx = here(minute(17))
    const job = await builtinJob(ctx, { missedPolicy: 'all' })
    const order: string[] = []
    const builtins = doing(async ({ cron }, { executionId }) => {
      order.push(must((await cron.getExecution(executionId))?.scheduledFor))
      return { success: true, message: '', metrics: {} }
    })
    expect(await dispatch(ctx, { builtins })).toMatchObject({
      fired: 4,
      missed: 0,
      performed: { completed: 4 },
    })
    expect(order).toEqual([NOON, minute(5), minute(10), minute(15)])
    expect(await statusesOf(ctx, job)).toEqual(Array(4).fill('completed'))
  })

  it('of a year’s backlog ends with its time, says that more remains, and the next goes on', async () => {
    const ctx = here('2027-05-04T12:30:00.000Z')
    const job = await builtinJob(ctx, { schedule: '0 * * * *' })
    let now = 0
    const hasty = { ...ctx, now: () => now }
    const cron = {
      ...ctx.cron,
      look: async () => {
        now += 1_000
        return await ctx.cron.look()
      },
    }
    const first = await dispatch({ ...hasty, cron }, { until: 3_000 })
    const since = new Date(Date.parse(NOON) + 2_000 * 3_600_000).toISOString()
    expect(first).toMatchObject({ missed: 2_000, fired: 0, more: true, overdue: { jobs: 1, since } })
    expect(await dispatch(ctx)).toMatchObject({
      missed: 8_760 - 2_000,
      fired: 1,
      performed: { completed: 1 },
      more: false,
      overdue: null,
    })
    const [counted] = await ctx.cron.statistics([job.id], NOON)
    expect(counted?.byStatus).toEqual({ missed: 8_760, completed: 1 })
    const { data } = await listCronExecutions(ctx, { job: job.id, limit: 1 })
    expect(data).toMatchObject([{ scheduledFor: '2027-05-04T12:00:00.000Z', status: 'completed' }])
  })

  it('of a year of minutes ends with its time by a real clock, and says which jobs are behind since when', async () => {
    const now = await at().store.cron.now()
    const yearAgo = new Date(Math.floor(Date.parse(now) / 60_000) * 60_000 - YEAR_MS).toISOString()
    const given = { schedule: '* * * * *', missedPolicy: 'all', nextRunAt: yearAgo } as const
    const ctx = { ...at().as(), now: Date.now }
    const job = await builtinJob(ctx, given)
    // Half a million occurrences are too many for any machine; on a slow one the first look may take all the time there is.
    const call = () => dispatch(ctx, { until: ctx.now() + BUDGET_MS })
    let told = await call()
    while (told.missed === 0) told = await call()
    const { nextRunAt } = await jobNow(ctx.cron, job)
    expect(told).toMatchObject({ fired: 0, more: true, overdue: { jobs: 1, since: nextRunAt } })
    expect(must(nextRunAt) > yearAgo).toBe(true)
    expect(must(nextRunAt) < now).toBe(true)
    const executions = await executionsOf(ctx.cron, job, 1_000_000)
    expect(executions).toHaveLength(told.missed)
    expect(new Set(executions.map(({ status }) => status))).toEqual(new Set(['missed']))
  })

  it('of no time does nothing, and does not say that all is done', async () => {
    const ctx = here()
    const job = await builtinJob(ctx)
    expect(await dispatch(ctx, { until: ctx.now() })).toEqual({
      ...NOTHING,
      more: true,
      overdue: { jobs: 1, since: NOON },
    })
    expect(await statusesOf(ctx, job)).toEqual([])
    await dispatch(ctx)
  })

  it('says what waits behind another, and not that there is more to do', async () => {
    const ctx = here()
    const job = await madeJob(ctx, { overlapPolicy: 'queue', projectId: 'behind' })
    await at().store.raw(`UPDATE cron_jobs SET "nextRunAt" = '${NOON}'`)
    await dispatch(ctx)
    expect(await dispatch(here(minute(5)))).toMatchObject({ fired: 1, waiting: 1, more: false })
    expect(await statusesOf(ctx, job)).toEqual(['running', 'queued'])
  })

  it('of jobs with long backlogs keeps no other waiting for the end of them', async () => {
    const ctx = here(minute(60))
    const past = '2025-05-04T12:00:00.000Z'
    await Promise.all([1, 2, 3].map(() => builtinJob(ctx, { schedule: '* * * * *', nextRunAt: past })))
    const other = await builtinJob(ctx, { nextRunAt: minute(59), schedule: '0 0 1 1 *' })
    const fired: string[] = []
    const cron = {
      ...ctx.cron,
      // As if there were hundreds of them.
      due: (now: string) => ctx.cron.due(now, 2),
      // What of a backlog is recorded is not what this is about.
      fire(firing: Parameters<CronStore['fire']>[0]) {
        fired.push(firing.seen.id)
        return ctx.cron.fire({ ...firing, occurrences: firing.occurrences.slice(-1) })
      },
    }
    const stopping = new AbortController()
    const builtins = doing(async ({ cron: store }, { executionId }) => {
      if ((await store.getExecution(executionId))?.cronJobId === other.id) stopping.abort()
      return { success: true, message: '', metrics: {} }
    })
    await dispatch({ ...ctx, cron }, { builtins, signal: stopping.signal })
    expect(await statusesOf(ctx, other)).toEqual(['completed'])
    // The three with a backlog have had one turn each.
    expect(fired.indexOf(other.id)).toBe(3)
    expect(new Set(fired.slice(0, 4)).size).toBe(4)
  })

  it('while all jobs are paused records each occurrence as skipped', async () => {
    const ctx = here(minute(7))
    const job = await builtinJob(ctx)
    await putCronSettings(ctx, { paused: true })
    expect(await dispatch(ctx)).toMatchObject({ skipped: 2, fired: 0, more: false })
    await putCronSettings(ctx, { paused: false })
    await dispatch(here(minute(10)))
    expect(await statusesOf(ctx, job)).toEqual(['skipped', 'skipped', 'completed'])
    expect((await executionsOf(ctx.cron, job))[0]?.reason).toBe('all cron jobs are paused')
  })

  it('of a job that was broken since skips the occurrence with the reason, and the job stands still', async () => {
    const ctx = { ...here(), variables: {} }
    const job = await builtinJob(ctx, { schedule: `\${NIGHT_SCHEDULE}` })
    await dispatch(ctx)
    expect(await executionsOf(ctx.cron, job)).toMatchObject([
      { status: 'skipped', reason: expect.stringContaining('NIGHT_SCHEDULE') },
    ])
    expect(await jobNow(ctx.cron, job)).toMatchObject({
      nextRunAt: null,
      isEnabled: true,
      problem: expect.stringContaining('NIGHT_SCHEDULE'),
    })
  })

  it('does not begin what does not fit into its time, unless that is fresh', async () => {
    const ctx = here()
    const [quick, slow] = [await builtinJob(ctx, { timeoutMs: 5_000 }), await builtinJob(ctx)]
    let now = 0
    const hasty = {
      ...ctx,
      now: () => now,
      cron: {
        ...ctx.cron,
        // By the time it comes to claim, most of its time is over.
        fire: async (...given: Parameters<CronStore['fire']>) => {
          now = 20_000
          return await ctx.cron.fire(...given)
        },
        claim: async (claim: Parameters<CronStore['claim']>[0]) =>
          now < 20_000 ? [] : await ctx.cron.claim(claim),
      },
    }
    await dispatch(hasty, { until: 30_000, concurrency: 1 })
    expect([await statusesOf(ctx, quick), await statusesOf(ctx, slow)].flat().toSorted()).toEqual([
      'completed',
      'queued',
    ])
    expect(await statusesOf(ctx, slow)).toEqual(['queued'])
    expect(await dispatch(ctx, { until: ctx.now() + 10_000 })).toMatchObject({ performed: { completed: 1 } })
  })
})

describe('a trigger by hand', () => {
  const at = useLedger(POSTGRES)
  const here = (now = NOON) => atTime(at().as(), clockAt(now))
  beforeEach(() => at().store.raw('DELETE FROM cron_jobs'))

  it('runs a disabled job, and says who asked', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { isEnabled: false, nextRunAt: null })
    const zoe = { ...ctx, actor: { ...ctx.actor, name: 'Zoë' } }
    const { success, executionId } = await triggerCronJob(zoe, { job: job.name })
    expect(success).toBe(true)
    expect(await dispatch(ctx)).toMatchObject({ fired: 0, performed: { completed: 1 } })
    expect(await getCronExecution(ctx, { id: executionId })).toMatchObject({
      status: 'completed',
      scheduledFor: null,
      triggeredBy: 'manual',
      triggeredByUserId: 'Zoë',
    })
    expect(await jobNow(ctx.cron, job)).toMatchObject({ isEnabled: false, nextRunAt: null })
  })

  it('by a program says so', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { nextRunAt: null })
    const { executionId } = await triggerCronJob(ctx, { job: job.id, triggeredBy: 'api' })
    expect(await getCronExecution(ctx, { id: executionId })).toMatchObject({ triggeredBy: 'api' })
    await dispatch(ctx)
  })

  it('that waits can be canceled, and one that is over cannot', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { nextRunAt: null })
    const { executionId: id } = await triggerCronJob(ctx, { job: job.id })
    const canceled = await cancelCronExecution(ctx, { id, reason: 'a mistake' })
    expect(canceled).toMatchObject({ status: 'canceled', reason: 'canceled by system: a mistake' })
    expect(await cancelCronExecution(ctx, { id })).toEqual(canceled)
    expect(await dispatch(ctx)).toEqual(NOTHING)
    const { executionId: other } = await triggerCronJob(ctx, { job: job.id })
    await dispatch(ctx, { builtins: doing(succeed) })
    expect(await refusal(cancelCronExecution(ctx, { id: other }))).toMatchObject({ code: 'conflict' })
  })

  it('of a job there is none of is not found', async () => {
    expect(await refusal(triggerCronJob(here(), { job: 'none' }))).toMatchObject({ code: 'not_found' })
  })

  it('is performed although the job was disabled meanwhile', async () => {
    const ctx = here()
    const job = await builtinJob(ctx, { nextRunAt: null })
    await triggerCronJob(ctx, { job: job.id })
    await setCronJobEnabled(ctx, { job: job.id, isEnabled: false })
    expect(await dispatch(ctx)).toMatchObject({ performed: { completed: 1 } })
  })
})
