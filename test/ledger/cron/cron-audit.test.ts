import { describe, expect, it } from 'vitest'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { cancelCronExecution } from '../../../lib/ledger/cron/cron-executions.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { type CronDefinition, DEFINITIONS } from '../../../lib/ledger/cron/definitions.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { reloadCronJobs } from '../../../lib/ledger/cron/reload-cron-jobs.ts'
import { seedCronJobs } from '../../../lib/ledger/cron/seed-cron-jobs.ts'
import { syncCronJobs } from '../../../lib/ledger/cron/sync-cron-jobs.ts'
import { triggerCronJob } from '../../../lib/ledger/cron/trigger-cron-job.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
import { must } from '../../contracts/harness.ts'
import { unique } from '../../support/make.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { brokenAudit } from '../deletion/steps.ts'
import { refusal } from '../steps.ts'
import { madeJob } from './steps.ts'

describe('what somebody does to cron jobs is kept in the audit', () => {
  const at = useLedger(POSTGRES)

  it('from the first word of a job to the last, each once', async () => {
    const ctx = at().as()
    const name = unique('report')
    const { id } = await madeJob(ctx, { name, schedule: '0 2 * * *' })
    await updateCronJob(ctx, { job: name, schedule: '0 3 * * *', maxRetries: 2 })
    await updateCronJob(ctx, { job: name, schedule: '0 3 * * *' })
    await setCronJobEnabled(ctx, { job: id, isEnabled: false })
    await deleteCronJob(ctx, { job: id })
    await refusal(deleteCronJob(ctx, { job: id }))
    const rows = (await at().store.audit.list({ limit: 10 })).toReversed()
    const of = { cronJobId: id, cronJob: name }
    expect(rows).toMatchObject([
      { action: 'cron.created', actor: 'system', stats: { ...of, schedule: '0 2 * * *', timeZone: 'UTC' } },
      {
        action: 'cron.changed',
        stats: {
          ...of,
          fields: { schedule: { from: '0 2 * * *', to: '0 3 * * *' }, maxRetries: { from: 0, to: 2 } },
        },
      },
      { action: 'cron.changed', stats: { ...of, fields: { isEnabled: { from: true, to: false } } } },
      { action: 'cron.deleted', stats: { ...of, schedule: '0 3 * * *' } },
    ])
    expect(rows).toHaveLength(4)
    expect(rows.every(({ requestId }) => requestId === ctx.requestId)).toBe(true)
  })

  it('settings, too; and nothing of what was refused', async () => {
    const before = (await at().store.audit.head())?.seq ?? 0
    const ctx = at().as()
    const { name } = await madeJob(ctx)
    await refusal(createCronJob(ctx, { name, schedule: '0 2 * * *', action: { type: 'enqueue', kind: 'a' } }))
    await refusal(updateCronJob(ctx, { job: name, schedule: '0 0 31 2 *' }))
    await putCronSettings(ctx, { paused: true })
    await putCronSettings(ctx, { paused: false })
    const rows = await at().store.audit.walk(before, 10)
    expect(rows.map(({ action, stats }) => [action, stats.paused])).toEqual([
      ['cron.created', undefined],
      ['cron.settings', true],
      ['cron.settings', false],
    ])
    expect(await brokenAudit(at())).toBeNull()
  })

  /** Somebody, and the rows that were added since they came. */
  async function somebody(name: string) {
    const before = (await at().store.audit.head())?.seq ?? 0
    const ctx = at().as()
    return {
      ctx: { ...ctx, actor: { ...ctx.actor, name } },
      rows: () => at().store.audit.walk(before, 100),
    }
  }

  it('who triggered a job, and who canceled that; nothing of what was refused', async () => {
    const { id, name } = await madeJob(at().as(), { action: { type: 'http', url: 'https://example.com/' } })
    const { ctx, rows } = await somebody('Zoë')
    const { executionId } = await triggerCronJob(ctx, { job: name })
    await refusal(triggerCronJob(ctx, { job: 'none' }))
    await cancelCronExecution(ctx, { id: executionId, reason: 'too early' })
    // Asked again, it is canceled already.
    await cancelCronExecution(ctx, { id: executionId })
    const of = { cronJobId: id, cronJob: name, executionId }
    expect(await rows()).toMatchObject([
      { action: 'cron.triggered', actor: 'Zoë', stats: { ...of, triggeredBy: 'manual' } },
      { action: 'cron.canceled', actor: 'Zoë', reason: 'too early', stats: of },
    ])
  })

  it('who canceled an execution whose run is in the queue already, once', async () => {
    const { id } = await madeJob(at().as())
    const { ctx, rows } = await somebody('Zoë')
    const { executionId } = await triggerCronJob(ctx, { job: id })
    await cancelCronExecution(ctx, { id: executionId, reason: 'too early' })
    await cancelCronExecution(ctx, { id: executionId, reason: 'too early' })
    expect(await rows()).toMatchObject([
      { action: 'cron.triggered', actor: 'Zoë' },
      { action: 'cron.canceled', actor: 'Zoë', reason: 'too early', stats: { executionId } },
    ])
    await deleteCronJob(at().as(), { job: id })
  })

  it('no trigger that is skipped, since a hundred are open', async () => {
    const { id } = await madeJob(at().as(), { overlapPolicy: 'allow' })
    const { ctx, rows } = await somebody('Zoë')
    for (let n = 0; n < 100; n++) await triggerCronJob(ctx, { job: id })
    expect(await refusal(triggerCronJob(ctx, { job: id }))).toMatchObject({ code: 'conflict' })
    expect(await rows()).toHaveLength(100)
    await deleteCronJob(at().as(), { job: id })
  })

  it('who asked for the program’s own jobs, and what came of it', async () => {
    const names = DEFINITIONS.map(({ name }) => name)
    const { ctx, rows } = await somebody('Zoë')
    await seedCronJobs(ctx)
    await seedCronJobs(ctx)
    const created = names.map((cronJob) => ({
      action: 'cron.created',
      actor: 'Zoë',
      reason: 'the program has it',
      stats: { cronJob },
    }))
    expect(await rows()).toMatchObject([
      ...created,
      { action: 'cron.seeded', actor: 'Zoë', stats: { created: names, updated: [], retired: [] } },
      { action: 'cron.seeded', actor: 'Zoë', stats: { created: [], updated: [], retired: [] } },
    ])
  })

  it('what another program changes of its own jobs, but not what a person has set', async () => {
    const [first] = DEFINITIONS
    const own: CronDefinition = { ...must(first), name: unique('own') }
    const { ctx, rows } = await somebody('a start')
    await syncCronJobs(ctx, [...DEFINITIONS, own])
    await updateCronJob(ctx, { job: own.name, timeoutMs: 7_000 })
    const later = { ...own, schedule: '0 5 * * *', timeoutMs: 9_000 }
    await syncCronJobs(ctx, [...DEFINITIONS, later])
    await syncCronJobs(ctx, [...DEFINITIONS, later])
    // Nothing of what the job does is another.
    await syncCronJobs(ctx, [...DEFINITIONS, { ...later, timeoutMs: 8_000 }])
    await syncCronJobs(ctx)
    await syncCronJobs(ctx, [...DEFINITIONS, { ...later, timeoutMs: 8_000 }])
    const ofIt = (await rows()).filter(({ stats }) => stats.cronJob === own.name)
    expect(ofIt.map(({ action, reason, stats }) => [action, reason, stats.fields])).toEqual([
      ['cron.created', 'the program has it', undefined],
      ['cron.changed', null, { timeoutMs: { from: own.timeoutMs, to: 7_000 } }],
      ['cron.changed', 'the program has it so', { schedule: { from: own.schedule, to: '0 5 * * *' } }],
      ['cron.changed', 'the program has it no more', { problem: { from: null, to: expect.any(String) } }],
      ['cron.changed', 'the program has it so', { problem: { from: expect.any(String), to: null } }],
    ])
    expect(ofIt.every(({ actor }) => actor === 'a start')).toBe(true)
    await syncCronJobs(ctx)
  })

  it('who read the variables anew, and which jobs that changed', async () => {
    const { ctx, rows } = await somebody('Zoë')
    const withSchedule = (schedule: string) => ({ ...ctx, variables: { BACKUP_SCHEDULE: schedule } })
    const name = unique('backup')
    await madeJob(withSchedule('0 3 * * *'), { name, schedule: `\${BACKUP_SCHEDULE}` })
    await reloadCronJobs(withSchedule('0 3 * * *'))
    await reloadCronJobs(withSchedule('0 4 * * *'))
    expect(await rows()).toMatchObject([
      { action: 'cron.created' },
      { action: 'cron.reloaded', actor: 'Zoë', stats: { willRun: expect.any(Number) } },
      {
        action: 'cron.changed',
        actor: 'Zoë',
        reason: 'the variables in its schedule are others',
        stats: {
          cronJob: name,
          fields: {
            nextRunAt: {
              from: expect.stringContaining('T03:00:00.000Z'),
              to: expect.stringContaining('T04:00:00.000Z'),
            },
          },
        },
      },
      { action: 'cron.reloaded', actor: 'Zoë' },
    ])
    expect(await brokenAudit(at())).toBeNull()
  })
})
