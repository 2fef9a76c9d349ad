import { describe, expect, it } from 'vitest'
import { BUILTINS } from '../../../lib/ledger/cron/builtins.ts'
import { listCronExecutions } from '../../../lib/ledger/cron/cron-executions.ts'
import { getCronJob, listCronJobs } from '../../../lib/ledger/cron/cron-jobs.ts'
import { type CronDefinition, DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { must } from '../../contracts/harness.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, clockAt, madeJob } from './steps.ts'

const NOON = '2026-05-04T12:00:00.000Z'
const [FIRST] = DEFINITIONS
const NONE = { created: [], updated: [], skipped: [], retired: [] }

describe('a sync of the program’s own jobs', () => {
  const at = useLedger(POSTGRES)
  const here = () => atTime(at().as(), clockAt(NOON))
  const definition = must(FIRST)
  const names = DEFINITIONS.map(({ name }) => name)

  it('makes them, and again it changes nothing', async () => {
    expect(await syncCronJobs(here())).toEqual({ ...NONE, created: names })
    const made = await listCronJobs(here())
    expect(await syncCronJobs(here())).toEqual({ ...NONE, skipped: names })
    expect(await listCronJobs(here())).toEqual(made)
  })

  it('has the cleanup of source 001 as it is printed there', async () => {
    expect(await getCronJob(here(), { job: 'daily-cleanup-2am' })).toMatchObject({
      name: 'daily-cleanup-2am',
      schedule: '0 2 * * *',
      isEnabled: true,
      description: 'Daily cleanup of stale in-progress scripts at 2 AM UTC',
      nextRunAt: '2026-05-05T02:00:00.000Z',
      action: { type: 'builtin', name: 'cleanupStaleScripts' },
    })
  })

  it('by three servers at once makes each once', async () => {
    const fresh = DEFINITIONS.map((one) => ({ ...one, name: `${one.name}-2` }))
    const all = [...DEFINITIONS, ...fresh]
    const synced = await Promise.all([1, 2, 3].map(() => syncCronJobs(here(), all)))
    expect(synced.flatMap(({ created }) => created).toSorted()).toEqual(
      fresh.map(({ name }) => name).toSorted(),
    )
  })

  it('keeps what a person has set, and says whose it is', async () => {
    await updateCronJob(here(), { job: definition.name, schedule: '0 4 * * *' })
    await setCronJobEnabled(here(), { job: definition.name, isEnabled: false })
    expect((await syncCronJobs(here())).skipped).toContain(definition.name)
    const later: CronDefinition = { ...definition, schedule: '0 5 * * *', timeoutMs: 60_000 }
    expect((await syncCronJobs(here(), [later])).updated).toEqual([definition.name])
    const job = await getCronJob(here(), { job: definition.name })
    expect(job).toMatchObject({
      schedule: '0 4 * * *',
      isEnabled: false,
      timeoutMs: 60_000,
      definition: later,
      changes: { schedule: { by: 'system', from: '0 2 * * *' }, isEnabled: { by: 'system', from: true } },
    })
    expect(await syncCronJobs(here(), [later])).toMatchObject({ updated: [], skipped: [definition.name] })
  })

  it('takes a field over again once it is as the program has it', async () => {
    const own: CronDefinition = { ...definition, name: 'taken-over' }
    await syncCronJobs(here(), [own])
    await updateCronJob(here(), { job: own.name, schedule: '0 4 * * *' })
    expect(await updateCronJob(here(), { job: own.name, schedule: own.schedule })).toMatchObject({
      changes: {},
    })
    await syncCronJobs(here(), [{ ...own, schedule: '0 6 * * *' }])
    expect(await getCronJob(here(), { job: own.name })).toMatchObject({
      schedule: '0 6 * * *',
      nextRunAt: '2026-05-05T06:00:00.000Z',
    })
  })

  it('leaves a person’s job of that name alone', async () => {
    const own = await madeJob(here(), { name: 'taken' })
    expect(await syncCronJobs(here(), [{ ...definition, name: 'taken' }])).toMatchObject({
      skipped: ['taken'],
    })
    expect(await getCronJob(here(), { job: 'taken' })).toMatchObject(own)
  })

  it('stops what the program does not have any more, and lets it run when it is back', async () => {
    const gone: CronDefinition = { ...definition, name: 'gone' }
    await syncCronJobs(here(), [...DEFINITIONS, gone])
    expect((await syncCronJobs(here())).retired).toContain('gone')
    expect(await getCronJob(here(), { job: 'gone' })).toMatchObject({
      nextRunAt: null,
      problem: 'the program has no such job any more',
    })
    expect((await syncCronJobs(here(), [...DEFINITIONS, gone])).updated).toContain('gone')
    expect(await getCronJob(here(), { job: 'gone' })).toMatchObject({
      nextRunAt: '2026-05-05T02:00:00.000Z',
      problem: null,
    })
  })

  it('fires what is due already as it was, before its schedule changes', async () => {
    const clock = clockAt(NOON)
    const ctx = atTime(at().as(), clock)
    const own: CronDefinition = { ...definition, name: 'moved', schedule: '0 * * * *' }
    await syncCronJobs(ctx, [own])
    clock.pass(125)
    await syncCronJobs(ctx, [{ ...own, schedule: '30 * * * *' }])
    const { data } = await listCronExecutions(ctx, { job: 'moved' })
    expect(data.map(({ scheduledFor, status }) => [scheduledFor, status])).toEqual([
      ['2026-05-04T14:00:00.000Z', 'queued'],
      ['2026-05-04T13:00:00.000Z', 'missed'],
    ])
    expect(await getCronJob(ctx, { job: 'moved' })).toMatchObject({
      schedule: '30 * * * *',
      nextRunAt: '2026-05-04T14:30:00.000Z',
    })
  })

  it('says why what was due of a job that is gone did not run', async () => {
    const clock = clockAt(NOON)
    const ctx = atTime(at().as(), clock)
    const own: CronDefinition = { ...definition, name: 'gone too', schedule: '0 * * * *' }
    await syncCronJobs(ctx, [...DEFINITIONS, own])
    clock.pass(65)
    await syncCronJobs(ctx)
    const { data } = await listCronExecutions(ctx, { job: 'gone too' })
    expect(data).toMatchObject([
      {
        scheduledFor: '2026-05-04T13:00:00.000Z',
        status: 'skipped',
        reason: 'the program has no such job any more',
      },
    ])
    expect(await getCronJob(ctx, { job: 'gone too' })).toMatchObject({ nextRunAt: null })
    await deleteCronJob(ctx, { job: 'gone too' })
  })

  it('is why they can be neither renamed nor deleted, but for those that are gone', async () => {
    await syncCronJobs(here())
    expect(await refusal(deleteCronJob(here(), { job: definition.name }))).toMatchObject({ code: 'conflict' })
    const rename = updateCronJob(here(), { job: definition.name, name: 'other' })
    expect(await refusal(rename)).toMatchObject({ code: 'invalid', issues: [{ path: 'name' }] })
    const action = { type: 'builtin', name: 'cleanupExpired' } as const
    const other = updateCronJob(here(), { job: definition.name, action })
    expect(await refusal(other)).toMatchObject({ code: 'invalid', issues: [{ path: 'action' }] })
    await deleteCronJob(here(), { job: 'gone' })
  })

  it('names only builtins that there are', () => {
    for (const { action } of DEFINITIONS)
      expect(action.type === 'builtin' && action.name in BUILTINS).toBe(true)
  })
})
