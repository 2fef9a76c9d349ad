import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '../../lib/run/alert.ts'
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
    const { body } = await ledger.get<{ data: { status: string }[] }>(
      '/v1/cron-jobs/hourly-invoices/executions',
    )
    expect(body.data.filter(({ status }) => status === 'completed').length).toBeGreaterThan(15)
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
