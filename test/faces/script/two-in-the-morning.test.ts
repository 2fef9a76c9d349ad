import { describe, expect, it } from 'vitest'
import type { CronExecution } from '../../../lib/run/cron-execution.ts'
import { CRON_SECRET } from '../../support/open-app.ts'
import { must, type Page, useApp } from '../v1/steps.ts'
import { beganDaysAgo, type DashboardRowOf, granted, logStart, logsOf } from './steps.ts'

const at = useApp()
const SWEEP = 'cleanupStaleScripts'
const JOB = 'daily-cleanup-2am'

describe('the job of two in the morning', () => {
  it('ends what is stale, and shows as a script that ran, with its schedule', async () => {
    await granted(at(), 'POST', '/cron-config/seed')
    const [stale, young] = [await logStart(at(), 'synchroFacture'), await logStart(at(), 'zendeskTicket')]
    await beganDaysAgo(at(), stale, 4)
    expect(await logsOf(at(), SWEEP)).toEqual([])
    // As if nobody had called since.
    const lastTwo = `date_trunc('day', now() - interval '2 hours', 'UTC') + interval '2 hours'`
    await at().raw(`UPDATE cron_jobs SET "nextRunAt" = ${lastTwo} WHERE name = '${JOB}'`)

    for (let calls = 0; calls < 2; calls++) {
      const { status, text } = await at().request('GET', '/api/cron/stale', { key: CRON_SECRET })
      expect(status, text).toBe(200)
    }

    expect(await logsOf(at(), 'synchroFacture')).toMatchObject([
      { id: stale, status: -1, message: 'Script marked as failed - exceeded 3 day timeout' },
    ])
    expect(await logsOf(at(), 'zendeskTicket')).toMatchObject([{ id: young, status: 2 }])
    const path = `/v1/cron-jobs/${JOB}/executions`
    const { json } = await at().request<Page<CronExecution>>('GET', path)
    expect(json.data).toMatchObject([
      {
        status: 'completed',
        triggeredBy: 'scheduler',
        scheduledFor: expect.stringMatching(/T02:00:00\.000Z$/),
        output: '1 stale run of 1 script ended',
      },
    ])
    const sweeps = await logsOf(at(), SWEEP)
    expect(sweeps).toEqual([
      {
        id: expect.any(String),
        scriptName: SWEEP,
        status: 0,
        startTime: expect.any(String),
        endTime: expect.any(String),
        duration: expect.any(Number),
        message: '1 stale run of 1 script ended',
      },
    ])
    const rows = await granted<DashboardRowOf[]>(at(), 'GET', '/script/dashboard-view?limit=1000')
    const { startTime, endTime } = must(sweeps[0])
    expect(rows.find(({ scriptName }) => scriptName === SWEEP)).toMatchObject({
      status: 0,
      startTime,
      endTime,
      count: 1,
      schedule: '0 2 * * *',
      enabled: true,
    })
    const old = rows.find(({ scriptName }) => scriptName === 'synchroFacture')
    expect(old).toMatchObject({ status: -1, count: 1, schedule: null })
  })
})
