import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { getCronJob, listCronJobs } from '../../../lib/ledger/cron/cron-jobs.ts'
import { cronStats } from '../../../lib/ledger/cron/cron-stats.ts'
import { cronTrend } from '../../../lib/ledger/cron/cron-trend.ts'
import { DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import { recentOccurrences } from '../../../lib/ledger/cron/recent-occurrences.ts'
import { restoreCronJob } from '../../../lib/ledger/cron/restore-cron-job.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, builtinJob, clockAt, dispatch, madeJob } from './steps.ts'

const NOON = '2026-05-04T12:00:00.000Z'

describe('how cron jobs did lately', () => {
  const at = useLedger(POSTGRES)

  it('is told of many at once, the oldest first, and nothing of a job that has not run', async () => {
    const clock = clockAt(NOON)
    const ctx = atTime(at().as(), clock)
    const [job, idle] = [await builtinJob(ctx), await madeJob(ctx)]
    await dispatch(ctx)
    clock.pass(1)
    await triggerCronJob(ctx, { job: job.id })
    await dispatch(ctx)
    const lately = await recentOccurrences(ctx, { jobs: [idle.id, job.id] })
    expect([...lately.keys()]).toEqual([idle.id, job.id])
    expect(lately.get(idle.id)).toEqual({ occurrences: [], medianDurationMs: null, p95DurationMs: null })
    expect(lately.get(job.id)).toMatchObject({
      occurrences: [
        { status: 'completed', scheduledFor: NOON },
        { status: 'completed', scheduledFor: null, triggeredByUserId: 'system' },
      ],
      p95DurationMs: expect.any(Number),
    })
    expect(await cronTrend(ctx, { job: job.name })).toMatchObject([
      { status: 'completed', createdAt: NOON },
      { status: 'completed' },
    ])
    expect(await refusal(cronTrend(ctx, { job: ulid() }))).toMatchObject({ code: 'not_found' })
    expect(await refusal(recentOccurrences(ctx, { jobs: ['x'] }))).toMatchObject({ code: 'invalid' })
  })

  it('says how many are overdue, and since when', async () => {
    const clock = clockAt(NOON)
    const ctx = atTime(at().as(), clock)
    await dispatch(ctx)
    expect((await cronStats(ctx)).overdue).toBeNull()
    await madeJob(ctx, { schedule: '1 12 * * *' })
    clock.pass(3)
    expect((await cronStats(ctx)).overdue).toMatchObject({
      jobs: expect.any(Number),
      since: expect.any(String),
    })
  })
})

describe('cron jobs are found', () => {
  const at = useLedger(POSTGRES)

  it('by who made them, by a word, and by what is wrong', async () => {
    const ctx = at().as()
    await syncCronJobs(ctx)
    const made = await madeJob(ctx, { name: 'weekly numbers', description: 'For <everybody>' })
    const stuck = await createCronJob(ctx, {
      name: 'stuck',
      schedule: `\${NOWHERE_SCHEDULE}`,
      action: { type: 'enqueue', kind: 'k' },
    })
    const names = async (input: object) => (await listCronJobs(ctx, input)).data.map(({ name }) => name)
    expect(await names({ origin: 'people' })).toEqual([stuck.name, made.name])
    expect(await names({ origin: 'program' })).toEqual(DEFINITIONS.map(({ name }) => name).toSorted())
    expect(await names({ q: 'everyBODY' })).toEqual([made.name])
    expect(await names({ isFailing: 'true' })).toEqual([stuck.name])
    expect(await refusal(listCronJobs(ctx, { origin: 'nobody' } as never))).toMatchObject({ code: 'invalid' })
  })
})

describe('a job of the program’s own', () => {
  const at = useLedger(POSTGRES)

  it('is set back to what the program says, which is noted as a change', async () => {
    const ctx = at().as()
    await syncCronJobs(ctx)
    const before = await getCronJob(ctx, { job: 'daily-storage-sample' })
    await updateCronJob(ctx, { job: before.id, schedule: '0 5 * * *', timeoutMs: 1_000, isEnabled: false })
    const restored = await restoreCronJob(ctx, { job: before.name })
    const { schedule, timeoutMs, isEnabled, changes } = before
    expect(restored).toMatchObject({ schedule, timeoutMs, isEnabled, changes })
    const { history } = await getCronJob(ctx, { job: before.id })
    expect(history[0]?.fields).toMatchObject({ schedule: { from: '0 5 * * *', to: schedule } })
    expect((await restoreCronJob(ctx, { job: before.id })).updatedAt).toBe(restored.updatedAt)
  })

  it('alone has something to be set back to', async () => {
    const ctx = at().as()
    const { id, name } = await madeJob(ctx)
    expect(await refusal(restoreCronJob(ctx, { job: id }))).toMatchObject({
      code: 'conflict',
      message: `cron job ${name} has no defaults: somebody made it`,
    })
    expect(await refusal(restoreCronJob(ctx, { job: unique('none') }))).toMatchObject({ code: 'not_found' })
  })
})

describe('a job that was read', () => {
  const at = useLedger(POSTGRES)

  it('is changed where nobody else has changed it since', async () => {
    const ctx = at().as()
    const job = await madeJob(ctx)
    const seen = { job: job.id, updatedAt: job.updatedAt }
    const kept = await updateCronJob(ctx, { ...seen, maxRetries: 1 })
    const error = await refusal(updateCronJob(ctx, { ...seen, maxRetries: 2 }))
    expect(error).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('changed by system meanwhile'),
    })
    expect((await getCronJob(ctx, { job: job.id })).maxRetries).toBe(1)
    // What is so already is nobody's change.
    expect(await updateCronJob(ctx, { ...seen, maxRetries: 1 })).toEqual(kept)
    expect(
      must(await updateCronJob(ctx, { job: job.id, updatedAt: kept.updatedAt, maxRetries: 3 })).maxRetries,
    ).toBe(3)
  })
})
