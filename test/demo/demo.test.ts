import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '../../lib/run/alert.ts'
import type { CronExecution } from '../../lib/run/cron-execution.ts'
import type { Run } from '../../lib/run/run.ts'
import { makeHome, runCli, type StartedCli, startCli, until } from '../support/cli.ts'
import { type MailServer, startMailServer } from '../support/mail-server.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type Api, api } from '../support/server.ts'

interface Listed {
  data: {
    id: string
    kind: string
    state: string
    createdAt: string
    logBytes: number
    outputCount: number
  }[]
}

const READY = /The demo is ready: (\S+)\/admin\s+sign in with the key (\S+)/

/** One demo for all of them: it takes a while. */
let home: Awaited<ReturnType<typeof makeHome>>
let team: Receiver
let mails: MailServer
let env: Record<string, string>
let cli: StartedCli
let ledger: Api
const DEMO = ['demo', '--days', '1', '--port', '0']
beforeAll(async () => {
  ;[home, team, mails] = await Promise.all([makeHome(), startReceiver(), startMailServer()])
  // What is configured is another ledger, and a team that hears of that: neither to be touched.
  env = {
    HOME: home.path,
    RUNLEDGER_DATA_DIR: `${home.path}/data`,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    ALERT_WEBHOOK_URL: `${team.url}alerts`,
    ALERT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    ALERT_SLACK_URL: `${team.url}slack`,
    ALERT_EMAIL_TO: 'team@example.com',
    SMTP_URL: mails.url,
    OUTBOUND_ALLOW_LOOPBACK: 'on',
  }
  cli = startCli(DEMO, { env })
  const says = () => READY.exec(cli.stdout())
  const [, url = '', key = ''] = await until(says, 'the demo', 240_000)
  ledger = api(url, key)
}, 300_000)
afterAll(async () => {
  cli.process.kill('SIGTERM')
  expect((await cli.ended).code).toBe(0)
  await Promise.all([home.remove(), team.close(), mails.close()])
})

describe('the demo', () => {
  it.each(['queued', 'running', 'succeeded', 'failed', 'canceled'])('has runs that are %s', async (state) => {
    const { body } = await ledger.get<Listed>(`/v1/runs?state=${state}&limit=5`)
    expect(body.data.length).toBeGreaterThan(0)
  })

  it('has a day behind it, with logs and files', async () => {
    const { body } = await ledger.get<Listed>(
      '/v1/runs?kind=scrape.prices&sort=createdAt:asc&state=succeeded',
    )
    const [first] = body.data
    expect(Date.now() - Date.parse(first?.createdAt ?? '')).toBeGreaterThan(20 * 3_600_000)
    const { body: outputs } = await ledger.get<{ data: { path: string }[] }>(`/v1/runs/${first?.id}/outputs`)
    expect(outputs.data.map(({ path }) => path).sort()).toEqual(['prices.csv', 'summary.json'])
  })

  it('has archives that can be read, one that is held, and a sweep that waits for somebody', async () => {
    const { body: archived } = await ledger.get<Listed>('/v1/runs?storageState=archived')
    expect(archived.data.length).toBeGreaterThan(0)
    const { body: sweeps } = await ledger.get<{ data: { status: string; plan: { runs: number } }[] }>(
      '/v1/sweeps?kind=delete',
    )
    expect(sweeps.data[0]).toMatchObject({ status: 'needs_approval', plan: { runs: 1_200 } })
    const { body: audit } = await ledger.get<{ ok: boolean }>('/v1/audit:verify')
    expect(audit.ok).toBe(true)
  })

  it('has cron jobs whose occurrences came when they were due', async () => {
    const { body } = await ledger.get<{ data: CronExecution[] }>('/v1/cron-jobs/hourly-invoices/executions')
    expect(body.data.filter(({ status }) => status === 'completed').length).toBeGreaterThan(15)
    // Once an hour, one after the other, each begun when it was due.
    const due = body.data.map(({ scheduledFor }) => Date.parse(scheduledFor ?? ''))
    for (const [n, time] of due.slice(1).entries()) expect((due[n] ?? 0) - time).toBe(3_600_000)
    const onTime = body.data.filter(({ status, lateMs }) => status === 'completed' && (lateMs ?? 0) < 60_000)
    expect(onTime.length).toBeGreaterThan(15)
    for (const one of onTime) {
      expect(Date.parse(one.startedAt ?? '') - Date.parse(one.scheduledFor ?? '')).toBeLessThan(60_000)
      expect(one.durationMs).toBeLessThan(60_000)
    }
    const { body: nightly } = await ledger.get<{ data: CronExecution[] }>(
      '/v1/cron-jobs/daily-cleanup-2am/executions',
    )
    expect(new Set(nightly.data.map(({ scheduledFor }) => scheduledFor?.slice(11)))).toEqual(
      new Set(['02:00:00.000Z']),
    )
  })

  it('has cron jobs whose statistics are those of their executions, and some that were missed', async () => {
    const since = new Date(Date.now() - 86_400_000).toISOString()
    const counted = async () =>
      (await ledger.get<{ executions: Record<string, number> }>(`/v1/cron-stats?since=${since}`)).body
        .executions
    const listed = async () => {
      const path = `/v1/cron-executions?limit=100&since=${since}`
      const { data } = (await ledger.get<{ data: CronExecution[] }>(path)).body
      const byStatus = Map.groupBy(data, ({ status }) => status)
      return Object.fromEntries([...byStatus].map(([status, { length }]) => [status, length]))
    }
    // One may come between the two questions.
    await until(async () => isDeepStrictEqual(await counted(), await listed()), 'the same numbers')
    expect((await counted()).missed).toBeGreaterThan(0)
  })

  it('has runs in folders of when they began', async () => {
    const { body } = await ledger.get<{ data: Run[] }>('/v1/runs?limit=100&sort=createdAt:asc')
    const begun = body.data.flatMap(({ folderName, startedAt }) =>
      folderName && startedAt ? [{ folderName, startedAt }] : [],
    )
    expect(begun.length).toBeGreaterThan(20)
    for (const { folderName, startedAt } of begun)
      expect(folderName.slice(0, 15)).toBe(startedAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_'))
  })

  it('has scripts that run while one looks', async () => {
    const { body } = await ledger.get<Listed>('/v1/runs?state=running&kind=scrape.prices')
    const id = body.data[0]?.id ?? expect.fail('one that runs')
    const bytes = async () => (await ledger.get<{ logBytes: number }>(`/v1/runs/${id}`)).body.logBytes
    const before = await bytes()
    await until(async () => (await bytes()) > before + 200, 'the log to grow')
  })

  it('tells nobody of what is made up, whoever is configured to hear of alerts', async () => {
    const { body } = await ledger.get<{ data: Alert[] }>('/v1/alerts?state=all')
    expect(body.data.map(({ type }) => type)).toContain('sweep.needs_approval')
    // Nor will it: a notice would be waiting to be sent.
    expect(body.data.flatMap(({ notices }) => notices)).toEqual([])
    expect(team.connections()).toBe(0)
    expect(mails.taken).toEqual([])
  })

  it('keeps its folder from another one, and goes on', { timeout: 120_000 }, async () => {
    const other = await runCli(DEMO, { env })
    expect(other.code).toBe(1)
    expect(other.stderr).toContain(`the database in ${home.path}/data/demo/postgres is in use`)
    const { status, body } = await ledger.get<Listed>('/v1/runs?limit=1')
    expect([status, body.data.length]).toEqual([200, 1])
  })
})
