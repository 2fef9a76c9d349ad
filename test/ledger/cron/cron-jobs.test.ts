import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { listCronExecutions } from '../../../lib/ledger/cron/cron-executions.ts'
import { getCronJob, listCronJobs } from '../../../lib/ledger/cron/cron-jobs.ts'
import { getCronSettings, putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { cronStats } from '../../../lib/ledger/cron/cron-stats.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { getCronJobSecret } from '../../../lib/ledger/cron/job-secret.ts'
import { reloadCronJobs } from '../../../lib/ledger/cron/reload-cron-jobs.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { validateSchedule } from '../../../lib/ledger/cron/validate-schedule.ts'
import { CronJob } from '../../../lib/run/cron-job.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { refusal } from '../steps.ts'
import { atTime, clockAt, madeJob } from './steps.ts'

const HTTP = { type: 'http', url: 'https://hooks.example/x' }
const NOON = '2026-05-04T12:00:00.000Z'

describe('a cron job', () => {
  const at = useLedger(POSTGRES)
  const here = () => atTime(at().as(), clockAt(NOON))

  it('is made with what is given, and the rest as settings and pages have it', async () => {
    const job = await createCronJob(here(), {
      name: unique('report'),
      schedule: '0 2 * * *',
      timeZone: 'Europe/Berlin',
      action: { type: 'enqueue', kind: 'report' },
    })
    expect(CronJob.parse(job)).toEqual(job)
    expect(job).toMatchObject({
      description: null,
      isEnabled: true,
      problem: null,
      timeoutMs: 120_000,
      maxRetries: 0,
      missedPolicy: 'once',
      overlapPolicy: 'skip',
      projectId: null,
      definition: null,
      changes: {},
      nextRunAt: '2026-05-05T00:00:00.000Z',
      createdBy: 'system',
      lastModifiedBy: 'system',
      createdAt: NOON,
    })
  })

  it('is shown by id and by name, in words, with its next five times and its statistics', async () => {
    const ctx = here()
    const { id, name } = await madeJob(ctx, { schedule: '0 2 * * *' })
    const shown = await getCronJob(ctx, { job: id })
    expect(await getCronJob(ctx, { job: name })).toEqual(shown)
    expect(shown.scheduleInWords).toContain('02:00')
    expect(shown.nextRuns).toEqual([5, 6, 7, 8, 9].map((day) => `2026-05-0${day}T02:00:00.000Z`))
    expect(shown.statistics).toEqual({
      since: '2026-02-03T00:00:00.000Z',
      last: null,
      lastRun: null,
      byStatus: {},
      averageDurationMs: null,
      successRate: null,
    })
    expect(await refusal(getCronJob(ctx, { job: ulid() }))).toMatchObject({ code: 'not_found' })
    expect(await refusal(getCronJob(ctx, { job: 'no such job' }))).toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['an invalid schedule', { schedule: 'every day' }, 'schedule'],
    ['a minute there is none of', { schedule: '61 * * * *' }, 'schedule'],
    ['the 31st of February', { schedule: '0 0 31 2 *' }, 'schedule'],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, 'timeZone'],
    ['an unknown zone behind a variable', { schedule: `\${A_SCHEDULE}`, timeZone: 'Mars/Base' }, 'timeZone'],
    ['a stray bracket', { schedule: '0 2 * * *}' }, 'schedule'],
    ['a variable without brackets', { schedule: '$A_SCHEDULE * * * *' }, 'schedule'],
    ['an open bracket', { schedule: `\${A_SCHEDULE` }, 'schedule'],
    ['words around a variable', { schedule: `every \${A_SCHEDULE:-0 2 * * *}` }, 'schedule'],
    ['a default that is none', { schedule: `\${A_SCHEDULE:-99 99 * * *}` }, 'schedule'],
    ['a variable of another kind', { schedule: `\${DATABASE_URL}` }, 'schedule'],
    ['a name that is an id', { name: ulid() }, 'name'],
    ['a name with a colon', { name: 'a:trigger' }, 'name'],
    ['a name that is a path of /cron-config', { name: 'stats' }, 'name'],
    ['a builtin there is none of', { action: { type: 'builtin', name: 'format' } }, 'action.name'],
    ['an action there is none of', { action: { type: 'shell', command: 'rm' } }, 'action.type'],
    ['a URL of another kind', { action: { type: 'http', url: 'ftp://a.example/x' } }, 'action.url'],
    [
      'a header of the ledger’s own',
      { action: { ...HTTP, headers: { 'Webhook-Id': 'x' } } },
      'action.headers',
    ],
    ['no name for a header', { action: { ...HTTP, headers: { 'a b': 'x' } } }, 'action.headers.a b'],
    ['two lines in a header', { action: { ...HTTP, headers: { a: 'x\ny' } } }, 'action.headers.a'],
    ['a timeout of no time', { timeoutMs: 0 }, 'timeoutMs'],
    ['too many retries', { maxRetries: 21 }, 'maxRetries'],
    ['a field there is none of', { cron: '* * * * *' }, ''],
  ])('is refused with the reason for %s, and nothing is kept', async (_, change, path) => {
    const name = unique('job')
    const input = { name, schedule: '0 0 * * *', action: { type: 'enqueue', kind: 'k' }, ...change }
    const error = await refusal(createCronJob(here(), input as never))
    expect(error).toMatchObject({ code: 'invalid', issues: [{ path }] })
    expect(await refusal(getCronJob(here(), { job: name }))).toMatchObject({ code: 'not_found' })
  })

  it('is refused for a URL that is not to be called, and for a secret in it', async () => {
    const name = unique('job')
    const make = (url: string, headers = {}) =>
      refusal(madeJob(here(), { name, action: { type: 'http', url, headers } }))
    expect(await make('http://169.254.169.254/latest')).toMatchObject({ code: 'forbidden' })
    const token = `ghp_${'a1B2'.repeat(9)}`
    const error = await make('https://hooks.example/x', { 'x-token': token })
    expect(error).toMatchObject({ code: 'invalid' })
    expect(JSON.stringify(error)).not.toContain(token)
    expect(await refusal(getCronJob(here(), { job: name }))).toMatchObject({ code: 'not_found' })
  })

  it('has a name nobody else has', async () => {
    const { name } = await madeJob(here())
    expect(await refusal(madeJob(here(), { name }))).toMatchObject({ code: 'conflict' })
    const other = await madeJob(here())
    expect(await refusal(updateCronJob(here(), { job: other.id, name }))).toMatchObject({ code: 'conflict' })
  })

  it('is changed field by field, and keeps who did it, when, and what it was', async () => {
    const clock = clockAt(NOON)
    const zoe = atTime({ ...at().as(), actor: { ...at().as().actor, name: 'Zoë' } }, clock)
    const job = await madeJob(here(), { description: 'old' })
    clock.pass(1)
    const changed = await updateCronJob(zoe, {
      job: job.name,
      timeoutMs: 5_000,
      description: 'new',
      maxRetries: 0,
    })
    expect(changed).toEqual({
      ...job,
      timeoutMs: 5_000,
      description: 'new',
      updatedAt: clock.now,
      lastModifiedBy: 'Zoë',
      changes: {
        timeoutMs: { by: 'Zoë', at: clock.now, from: 120_000 },
        description: { by: 'Zoë', at: clock.now, from: 'old' },
      },
    })
    expect(await updateCronJob(here(), { job: job.id, timeoutMs: 5_000 })).toEqual(changed)
    expect(await refusal(updateCronJob(here(), { job: job.id, schedule: 'x' }))).toMatchObject({
      code: 'invalid',
    })
    expect((await getCronJob(here(), { job: job.id })).updatedAt).toBe(changed.updatedAt)
  })

  it('keeps every change of a person, with what it was and what it became', async () => {
    const clock = clockAt(NOON)
    const by = (name: string) => atTime({ ...at().as(), actor: { ...at().as().actor, name } }, clock)
    const { id } = await madeJob(here())
    clock.pass(1)
    await updateCronJob(by('Zoë'), { job: id, timeoutMs: 5_000, maxRetries: 1 })
    clock.pass(1)
    await updateCronJob(by('Bob'), { job: id, timeoutMs: 6_000 })
    await setCronJobEnabled(by('Bob'), { job: id, isEnabled: true })
    expect((await getCronJob(here(), { job: id })).history).toEqual([
      { at: clock.now, by: 'Bob', fields: { timeoutMs: { from: 5_000, to: 6_000 } } },
      {
        at: '2026-05-04T12:01:00.000Z',
        by: 'Zoë',
        fields: { timeoutMs: { from: 120_000, to: 5_000 }, maxRetries: { from: 0, to: 1 } },
      },
    ])
  })

  it('scheduled anew has its next time at once; disabled it has none', async () => {
    const ctx = here()
    const { id } = await madeJob(ctx)
    expect(await updateCronJob(ctx, { job: id, schedule: '30 * * * *' })).toMatchObject({
      nextRunAt: '2026-05-04T12:30:00.000Z',
    })
    expect(await updateCronJob(ctx, { job: id, timeZone: 'Asia/Kathmandu' })).toMatchObject({
      nextRunAt: '2026-05-04T12:45:00.000Z',
    })
    expect(await setCronJobEnabled(ctx, { job: id, isEnabled: false })).toMatchObject({ nextRunAt: null })
    expect((await getCronJob(ctx, { job: id })).nextRuns).toEqual([])
    expect(await setCronJobEnabled(ctx, { job: id, isEnabled: true })).toMatchObject({
      nextRunAt: '2026-05-04T12:45:00.000Z',
    })
  })

  it('changed before anything ticked records what was outstanding as skipped', async () => {
    const clock = clockAt(NOON)
    const ctx = atTime(at().as(), clock)
    const { id } = await madeJob(ctx)
    clock.pass(12)
    const off = await setCronJobEnabled(ctx, { job: id, isEnabled: false })
    expect(off.nextRunAt).toBeNull()
    const { data } = await listCronExecutions(ctx, { job: id })
    expect(data.map(({ scheduledFor, status }) => [scheduledFor, status])).toEqual([
      ['2026-05-04T12:10:00.000Z', 'skipped'],
      ['2026-05-04T12:05:00.000Z', 'skipped'],
    ])
    expect(data[0]?.reason).toBe('the job was changed by system before anything ticked')
  })

  it('changed by ten at once has what all of them changed', async () => {
    const ctx = here()
    const { id } = await madeJob(ctx)
    await Promise.all([
      updateCronJob(ctx, { job: id, timeoutMs: 5_000 }),
      updateCronJob(ctx, { job: id, maxRetries: 2 }),
      updateCronJob(ctx, { job: id, description: 'x' }),
    ])
    expect(await getCronJob(ctx, { job: id })).toMatchObject({
      timeoutMs: 5_000,
      maxRetries: 2,
      description: 'x',
    })
  })

  it('whose schedule is a variable follows it, and never repeats what it holds', async () => {
    const clock = clockAt(NOON)
    const withVariables = (variables: Record<string, string>) => ({ ...atTime(at().as(), clock), variables })
    const name = unique('backup')
    const made = await madeJob(withVariables({}), { name, schedule: `\${BACKUP_SCHEDULE}` })
    expect(made).toMatchObject({ isEnabled: true, nextRunAt: null })
    expect(made.problem).toContain('BACKUP_SCHEDULE')
    const bad = withVariables({ BACKUP_SCHEDULE: 'hunter2' })
    await reloadCronJobs(bad)
    const wrong = await getCronJob(bad, { job: name })
    expect(wrong).toMatchObject({ nextRunAt: null, problem: expect.stringContaining('BACKUP_SCHEDULE') })
    expect(JSON.stringify(wrong)).not.toContain('hunter2')
    const good = withVariables({ BACKUP_SCHEDULE: '0 3 * * *' })
    const active = await reloadCronJobs(good)
    expect(active.find((one) => one.name === name)).toMatchObject({
      problem: null,
      nextRunAt: '2026-05-05T03:00:00.000Z',
    })
    await reloadCronJobs(withVariables({ BACKUP_SCHEDULE: '0 4 * * *' }))
    expect(await getCronJob(good, { job: name })).toMatchObject({ nextRunAt: '2026-05-05T04:00:00.000Z' })
    expect((await reloadCronJobs(withVariables({}))).some((one) => one.name === name)).toBe(false)
  })

  it('has a default where its variable has none', async () => {
    const job = await madeJob(here(), { schedule: `\${NIGHT_SCHEDULE:-0 1 * * *}` })
    expect(job).toMatchObject({ problem: null, nextRunAt: '2026-05-05T01:00:00.000Z' })
  })

  it('is deleted with its executions', async () => {
    const { id } = await madeJob(here())
    await deleteCronJob(here(), { job: id })
    expect(await refusal(deleteCronJob(here(), { job: id }))).toMatchObject({ code: 'not_found' })
    expect(await refusal(listCronExecutions(here(), { job: id }))).toMatchObject({ code: 'not_found' })
  })

  it('has a secret of its own that verifies its calls', async () => {
    const [one, other] = [await madeJob(here()), await madeJob(here())]
    const secrets = await Promise.all(
      [one, one, other].map(({ id }) => getCronJobSecret(here(), { job: id })),
    )
    expect(secrets[0]?.secret).toMatch(/^whsec_[\w+/]{43}=$/)
    expect(secrets[1]).toEqual(secrets[0])
    expect(secrets[2]).not.toEqual(secrets[0])
  })
})

describe('cron jobs', () => {
  const at = useLedger(POSTGRES)
  const here = () => atTime(at().as(), clockAt(NOON))

  it('are listed by name, a page at a time', async () => {
    for (const name of ['c', 'a', 'b']) await madeJob(here(), { name, isEnabled: name !== 'b' })
    const first = await listCronJobs(here(), { limit: 2 })
    expect(first).toMatchObject({ data: [{ name: 'a' }, { name: 'b' }], nextCursor: 'b' })
    const second = await listCronJobs(here(), { limit: 2, cursor: must(first.nextCursor) })
    expect(second).toMatchObject({ data: [{ name: 'c' }], nextCursor: null })
    const enabled = await listCronJobs(here(), { isEnabled: 'true' as never })
    expect(enabled.data.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(await cronStats(here())).toMatchObject({
      paused: false,
      jobs: { total: 3, enabled: 2, withProblem: 0, failing: 0 },
      executions: {},
      nextRunAt: '2026-05-04T12:05:00.000Z',
      since: '2026-05-03T12:00:00.000Z',
    })
  })

  it('have settings in common, of which one or more may be set', async () => {
    expect(await getCronSettings(here())).toMatchObject({
      paused: false,
      defaultTimeoutMs: 120_000,
      defaultMaxRetries: 0,
      executionRetentionDays: 90,
      alertAfterFailures: 3,
      changes: {},
    })
    const put = await putCronSettings(here(), { defaultTimeoutMs: 5_000, defaultMaxRetries: 2 })
    expect(put).toMatchObject({
      paused: false,
      defaultTimeoutMs: 5_000,
      changes: { defaultTimeoutMs: { by: 'system' }, defaultMaxRetries: { by: 'system' } },
    })
    expect(await madeJob(here())).toMatchObject({ timeoutMs: 5_000, maxRetries: 2 })
    for (const input of [{}, { paused: 'yes' }, { executionRetentionDays: 0 }, { other: 1 }])
      expect(await refusal(putCronSettings(here(), input as never))).toMatchObject({ code: 'invalid' })
  })

  it('have schedules that can be tried out first', async () => {
    const tried = await validateSchedule(here(), { schedule: '0 9 * * MON', timeZone: 'America/New_York' })
    expect(tried.words).toContain('Monday')
    expect(tried.nextRuns).toEqual(
      ['05-04', '05-11', '05-18', '05-25', '06-01'].map((day) => `2026-${day}T13:00:00.000Z`),
    )
    const many = await validateSchedule(here(), { schedule: '@hourly', count: 100 })
    expect(many.nextRuns).toHaveLength(100)
    for (const input of [
      { schedule: '0 9 * *' },
      { schedule: '0 9 * * *', timeZone: 'X' },
      { schedule: `\${X_SCHEDULE}` },
      { schedule: '@hourly', count: 101 },
    ])
      expect(await refusal(validateSchedule(here(), input))).toMatchObject({ code: 'invalid' })
  })
})
