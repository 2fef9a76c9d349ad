import { describe, expect, it } from 'vitest'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import { deleteCronJob } from '../../../lib/ledger/cron/delete-cron-job.ts'
import { setCronJobEnabled, updateCronJob } from '../../../lib/ledger/cron/update-cron-job.ts'
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
})
