import { describe, expect, it } from 'vitest'
import { upcomingCron } from '../../../lib/ledger/cron/upcoming-cron.ts'
import { setCronJobEnabled } from '../../../lib/ledger/cron/update-cron-job.ts'
import { POSTGRES, useLedger } from '../../support/open-ledger.ts'
import { atTime, builtinJob, clockAt, madeJob } from './steps.ts'

describe('what cron does next', () => {
  const at = useLedger(POSTGRES)

  it('is told by job, the first one first, of those that run within these hours', async () => {
    const ledger = at()
    const admin = ledger.as()
    const often = await madeJob(admin)
    const off = await madeJob(admin)
    await setCronJobEnabled(admin, { job: off.id, isEnabled: false })
    const yearly = await madeJob(admin, { schedule: '0 0 29 2 *' })
    const { jobs, problems, overdue, missed } = await upcomingCron(admin)
    expect(jobs.map(({ id }) => id)).toEqual([often.id])
    expect(jobs[0]).toMatchObject({ name: often.name, times: 100, scheduleInWords: 'Every 5 minutes (UTC)' })
    expect([problems, overdue, missed]).toEqual([[], null, 0])
    await madeJob(admin, { schedule: '0 * * * *' })
    const first = await upcomingCron(admin, { limit: 1 })
    expect([first.jobs.length, first.more]).toEqual([1, 1])
    const soon = await upcomingCron(admin, { hours: 1 })
    expect(soon.jobs[0]?.times).toBeGreaterThanOrEqual(11)
    expect(soon.jobs.some(({ id }) => id === yearly.id)).toBe(false)
  })

  it('names what is overdue, and what does not run and why', async () => {
    const ledger = at()
    const admin = ledger.as()
    const broken = await madeJob(admin, { schedule: '$' + '{NO_SUCH_SCHEDULE}' })
    const due = await builtinJob(admin)
    const clock = clockAt(due.nextRunAt ?? '')
    clock.pass(5)
    const { overdue, problems } = await upcomingCron(atTime(admin, clock))
    expect(overdue?.jobs).toBeGreaterThanOrEqual(1)
    expect(problems).toEqual([
      { id: broken.id, name: broken.name, problem: expect.stringContaining('NO_SUCH_SCHEDULE') },
    ])
  })
})
