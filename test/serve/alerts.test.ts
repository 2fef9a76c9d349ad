import type { ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert } from '../../lib/run/alert.ts'
import { until } from '../support/cli.ts'
import { headOf, type MailServer, startMailServer } from '../support/mail-server.ts'
import { type Received, type Receiver, startReceiver } from '../support/receiver.ts'
import { type ServerProcess, startServerWithDatabase } from '../support/server.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const PATIENCE_MS = 60_000
const PEOPLE = ['ops@example.com', 'ada@example.com']
const OPENED = ['Alert', 'cron job nightly has failed 3 times in a row: the URL answered 500'] as const
const RESOLVED = ['Resolved', 'cron job nightly has recovered'] as const

describe('a server that is told where alerts go', () => {
  let receiver: Receiver
  let mails: MailServer
  let server: ServerProcess & { close(): Promise<void> }
  /** What the job waits for: its call stays under way until it is answered. */
  const held: ServerResponse[] = []
  /** What came to the webhook and was signed as it should be. */
  const verified: { type: string; data: { message: string } }[] = []

  beforeAll(async () => {
    ;[receiver, mails] = await Promise.all([startReceiver(), startMailServer()])
    receiver.answer((response, request) => {
      if (request.path === '/job') held.push(response)
      else response.writeHead(statusFor(request)).end()
    })
    server = await startServerWithDatabase({
      OUTBOUND_ALLOW_LOOPBACK: 'on',
      ALERT_WEBHOOK_URL: `${receiver.url}alerts`,
      ALERT_WEBHOOK_SECRET: SECRET,
      ALERT_SLACK_URL: `${receiver.url}slack`,
      ALERT_EMAIL_TO: PEOPLE.join(', '),
      ALERT_EMAIL_FROM: 'ledger@example.com',
      SMTP_URL: mails.url,
    })
  })
  afterAll(async () => {
    // First: the server waits for the call of the job.
    await receiver?.close()
    await Promise.all([server?.close(), mails?.close()])
  })

  function statusFor({ path, headers, body }: Received): number {
    if (path !== '/alerts') return 200
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    try {
      new Webhook(SECRET).verify(body, texts)
    } catch {
      return 401
    }
    verified.push(JSON.parse(body))
    return 204
  }

  const arrivedAt = (path: string) => receiver.received.filter((one) => one.path === path)
  const subjectsTo = (address: string) =>
    mails.taken
      .filter(({ to }) => to.includes(address))
      .map((mail) => headOf(mail).find((line) => line.startsWith('Subject: ')))
  /** All that anybody has heard, by each way, in its order. */
  const heard = () => ({
    webhook: verified.map(({ type, data }) => [type, data.message]),
    slack: arrivedAt('/slack').map(({ body }) => JSON.parse(body).text),
    mails: PEOPLE.map(subjectsTo),
  })
  const saying = (...all: (readonly ['Alert' | 'Resolved', string])[]) => ({
    webhook: all.map(([how, text]) => [how === 'Alert' ? 'alert.opened' : 'alert.resolved', text]),
    slack: all.map(([how, text]) => `${how}: \`${text}\``),
    mails: PEOPLE.map(() => all.map(([how, text]) => `Subject: [Runledger] ${how}: ${text}`)),
  })

  /** Waits for the next call of the job, and answers it. */
  async function answerJob(...statuses: number[]): Promise<void> {
    for (const status of statuses) {
      const response = await until(() => held.shift(), 'a call of the job', PATIENCE_MS)
      response.writeHead(status).end()
    }
  }
  /** Waits for the server's own timer. */
  async function everybodyHears(count: number): Promise<void> {
    const isHeard = () => {
      const { webhook, slack, mails: mailed } = heard()
      return [webhook, slack, ...mailed].every(({ length }) => length >= count)
    }
    await until(isHeard, `${count} messages by each way`, PATIENCE_MS)
  }

  it('tells each once of a job that has failed three times in a row, once of its recovery, and of the next incident', async () => {
    const action = { type: 'http', url: `${receiver.url}job` }
    const job = { name: 'nightly', schedule: '* * * * * *', action, maxRetries: 0 }
    expect(await server.api.post('/v1/cron-jobs', job)).toMatchObject({ status: 201 })
    await answerJob(200, 500, 500, 500)
    await everybodyHears(1)
    expect(heard()).toEqual(saying(OPENED))

    await answerJob(500, 200, 200)
    await everybodyHears(2)
    expect(heard()).toEqual(saying(OPENED, RESOLVED))

    // What was told twice would have come before this.
    await answerJob(500, 500, 500)
    await everybodyHears(3)
    expect(heard()).toEqual(saying(OPENED, RESOLVED, OPENED))
    const ids = arrivedAt('/alerts').map(({ headers }) => headers['webhook-id'])
    expect([ids.length, new Set(ids).size]).toEqual([3, 3])
    expect(mails.taken.map(({ from, to }) => [from, to.length])).toEqual(
      Array.from({ length: 6 }, () => ['ledger@example.com', 1]),
    )

    const once = expect.objectContaining({ status: 'delivered', attempts: 1 })
    const ways = ['alert-webhook', 'alert-slack', ...PEOPLE.map((one) => `alert-email:${one}`)]
    const toldOf = (resolved: unknown) => ways.map((channel) => ({ channel, opened: once, resolved }))
    const inOrder = (notices: Alert['notices']) =>
      notices.toSorted((a, b) => ways.indexOf(a.channel) - ways.indexOf(b.channel))
    const { body } = await server.api.get<{ data: Alert[] }>('/v1/alerts?state=all')
    expect(body.data.map(({ notices }) => inOrder(notices))).toEqual([toldOf(null), toldOf(once)])
  }, 240_000)
})
