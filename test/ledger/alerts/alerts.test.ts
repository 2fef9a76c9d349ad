import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { resolveAlert } from '../../../lib/ledger/alerts/resolve-alert.ts'
import { smtpMailer } from '../../../lib/notify/smtp-mailer.ts'
import type { AlertChannels } from '../../../lib/ports/alert-channels.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { must } from '../../contracts/harness.ts'
import { headOf, type MailServer, startMailServer } from '../../support/mail-server.ts'
import { bodiesOf, deliverAll, useNotices } from '../webhooks/steps.ts'

const at = useNotices()

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
let mails: MailServer
beforeAll(async () => {
  mails = await startMailServer()
})
afterAll(() => mails.close())
beforeEach(() => {
  mails.taken.splice(0)
})

const alert = {
  key: 'cron.failing:j1',
  type: 'cron.failing',
  message: 'nightly has failed 3 times',
  data: { failures: 3 },
}
const over = { key: alert.key, message: 'nightly works again' }

/** Everybody who may be told, unless some are not there. */
function told(channels: Partial<AlertChannels> = {}): Context {
  const { ctx, receiver } = at()
  const alertChannels = {
    webhook: { url: `${receiver.url}alerts/geheim`, secret: SECRET },
    slack: { url: `${receiver.url}slack/geheim` },
    email: { to: ['ops@example.com'], mailer: smtpMailer({ url: mails.url, from: 'ledger@example.com' }) },
    ...channels,
  }
  return { ...ctx, alertChannels }
}
const arrivedAt = (path: string) => at().receiver.received.filter((one) => one.path === path)
const openOnes = async () =>
  await at().ledger.store.raw(`SELECT key FROM alerts WHERE "resolvedAt" IS NULL ORDER BY id`)

describe('an alert', () => {
  it('arrives everywhere once, however often it is seen, and again when it is over', async () => {
    const ctx = told()
    for (let n = 0; n < 3; n++) {
      await openAlert(ctx, alert)
      await deliverAll(at(), ctx)
    }
    expect(arrivedAt('/alerts/geheim')).toHaveLength(1)
    expect(arrivedAt('/slack/geheim')).toHaveLength(1)
    expect(mails.taken).toHaveLength(1)

    for (let n = 0; n < 3; n++) {
      await resolveAlert(ctx, over)
      await deliverAll(at(), ctx)
    }
    const [opened, resolved] = arrivedAt('/alerts/geheim').map(({ body }) => JSON.parse(body))
    expect(opened).toMatchObject({
      type: 'alert.opened',
      data: {
        key: alert.key,
        type: alert.type,
        message: alert.message,
        failures: 3,
        openedAt: expect.any(String),
      },
    })
    expect(resolved).toMatchObject({
      type: 'alert.resolved',
      data: { ...opened.data, message: over.message, resolvedAt: expect.any(String) },
    })
    expect(arrivedAt('/slack/geheim').map(({ body }) => JSON.parse(body))).toEqual([
      { text: 'Alert: `nightly has failed 3 times`' },
      { text: 'Resolved: `nightly works again`' },
    ])
    expect(mails.taken).toMatchObject([
      { from: 'ledger@example.com', to: ['ops@example.com'], raw: expect.stringContaining('failures: 3') },
      { to: ['ops@example.com'] },
    ])
    const heads = mails.taken.map(headOf)
    expect(heads[0]).toContain('Subject: [Runledger] Alert: nightly has failed 3 times')
    expect(heads[1]).toContain('Subject: [Runledger] Resolved: nightly works again')
    const id = must(heads[0]?.find((line) => line.startsWith('Message-ID: '))).slice('Message-ID: '.length)
    expect(heads[1]).toContain(`In-Reply-To: ${id}`)
  })

  it('is signed with the secret that was configured, as the official library verifies it', async () => {
    const ctx = told()
    await openAlert(ctx, alert)
    await deliverAll(at(), ctx)
    const [arrived] = arrivedAt('/alerts/geheim')
    const { body, headers } = must(arrived)
    expect(new Verifier(SECRET).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'alert.opened',
    })
    expect(arrivedAt('/slack/geheim')[0]?.headers).not.toHaveProperty('webhook-signature')
  })

  it('that comes back is another one', async () => {
    const ctx = told({ webhook: null, email: null })
    await openAlert(ctx, alert)
    await resolveAlert(ctx, over)
    await openAlert(ctx, { ...alert, message: 'nightly has failed again' })
    await deliverAll(at(), ctx)
    expect(bodiesOf(at())).toHaveLength(3)
    expect(await openOnes()).toEqual([{ key: alert.key }])
  })

  it('is opened once by many at once', async () => {
    const ctx = told({ slack: null, email: null })
    await Promise.all(Array.from({ length: 12 }, () => openAlert(ctx, alert)))
    await Promise.all(Array.from({ length: 12 }, () => resolveAlert(ctx, over)))
    await deliverAll(at(), ctx)
    expect(bodiesOf(at()).map(({ type }) => type)).toEqual(['alert.opened', 'alert.resolved'])
  })

  it('is said to be over only after it was said to be there', async () => {
    const ctx = told({ slack: null, email: null })
    at().receiver.answer(500)
    await openAlert(ctx, alert)
    await deliverAll(at(), ctx)
    await resolveAlert(ctx, over)
    await deliverAll(at(), ctx)
    expect(bodiesOf(at()).map(({ type }) => type)).toEqual(['alert.opened'])
    at().receiver.answer(200)
    await at().pass(60)
    await deliverAll(at(), ctx)
    expect(bodiesOf(at()).map(({ type }) => type)).toEqual(['alert.opened', 'alert.opened', 'alert.resolved'])
  })

  it('about one thing says nothing of another', async () => {
    const ctx = told({ webhook: null, email: null })
    await openAlert(ctx, alert)
    await resolveAlert(ctx, { ...over, key: 'cron.failing:j2' })
    expect(await openOnes()).toEqual([{ key: alert.key }])
    await openAlert(ctx, { ...alert, key: 'cron.failing:j2' })
    await deliverAll(at(), ctx)
    expect(bodiesOf(at())).toHaveLength(2)
  })

  it('reaches one by mail where the others are down, and them later', async () => {
    const ctx = told()
    at().receiver.answer(503)
    await openAlert(ctx, alert)
    expect(await deliverAll(at(), ctx)).toEqual({ delivered: 1, failed: 2, more: false })
    expect(mails.taken).toHaveLength(1)
    at().receiver.answer(200)
    await at().pass(60)
    expect(await deliverAll(at(), ctx)).toEqual({ delivered: 2, failed: 0, more: false })
    expect(mails.taken).toHaveLength(1)
  })

  it('that nobody is told of stands in the log', async () => {
    const { ctx, ledger } = at()
    await openAlert(ctx, alert)
    await openAlert(ctx, alert)
    await resolveAlert(ctx, over)
    expect(ledger.logged).toMatchObject([
      { level: 'warn', message: alert.message, alert: alert.key },
      { level: 'info', message: over.message, alert: alert.key },
    ])
    expect(await deliverAll(at())).toEqual({ delivered: 0, failed: 0, more: false })
  })

  it('waits for a channel that an instance without it cannot tell', async () => {
    await openAlert(told({ webhook: null, email: null }), alert)
    expect(await deliverAll(at())).toEqual({ delivered: 0, failed: 0, more: false })
    expect(await deliverAll(at(), told({ webhook: null, email: null }))).toMatchObject({ delivered: 1 })
  })

  it('leaves what is secret out of the log', async () => {
    const down = await startMailServer()
    await down.close()
    const mailer = smtpMailer({ url: `smtp://me:geheim@127.0.0.1:${down.port}`, from: 'ledger@example.com' })
    const ctx = told({ email: { to: ['ops@example.com'], mailer } })
    at().receiver.answer((response) => response.destroy())
    await openAlert(ctx, alert)
    expect(await deliverAll(at(), ctx)).toMatchObject({ failed: 3 })
    const rows = await at().ledger.store.raw('SELECT * FROM deliveries')
    expect(JSON.stringify([at().ledger.logged, rows])).not.toContain('geheim')
    expect(JSON.stringify([at().ledger.logged, rows])).not.toContain(SECRET)
  })

  it('is said to be over to those who heard of it, whatever is configured by then', async () => {
    await openAlert(told({ email: null }), alert)
    await deliverAll(at(), told({ email: null }))
    // An instance without any channel, or with others, sees that it is over.
    await resolveAlert(told({ webhook: null, slack: null }), over)
    expect(await deliverAll(at(), told())).toMatchObject({ delivered: 2 })
    expect([
      arrivedAt('/alerts/geheim').length,
      arrivedAt('/slack/geheim').length,
      mails.taken.length,
    ]).toEqual([2, 2, 0])
  })

  it('reaches a channel that was configured later when it is seen again, once', async () => {
    const { ctx } = at()
    await openAlert(ctx, alert)
    for (let n = 0; n < 3; n++) {
      await openAlert(told({ slack: null }), alert)
      await deliverAll(at(), told())
    }
    await resolveAlert(ctx, over)
    await deliverAll(at(), told())
    expect(mails.taken).toHaveLength(2)
    expect(bodiesOf(at()).map(({ type }) => type)).toEqual(['alert.opened', 'alert.resolved'])
  })

  it('is told as long as it is open, however long nobody could be reached', async () => {
    const ctx = told({ slack: null, email: null })
    at().receiver.answer(500)
    await openAlert(ctx, alert)
    for (let hours = 0; hours < 60; hours += 5) {
      await deliverAll(at(), ctx)
      await at().pass(5 * 3_600)
    }
    at().receiver.answer(200)
    expect(await deliverAll(at(), ctx)).toMatchObject({ delivered: 1 })
  })

  it('that is over before anybody could be reached for a day is given up', async () => {
    const ctx = told({ slack: null, email: null })
    at().receiver.answer(500)
    await openAlert(ctx, alert)
    await resolveAlert(ctx, over)
    await at().pass(26 * 3_600)
    for (let n = 0; n < 2; n++) await deliverAll(at(), ctx)
    at().receiver.answer(200)
    await at().pass(5 * 3_600)
    expect(await deliverAll(at(), ctx)).toMatchObject({ delivered: 0, failed: 0 })
  })

  it('reaches each by mail for himself: one whom the server refuses is tried again, the others are not', async () => {
    const picky = await startMailServer({
      onRcptTo({ address }, _session, done) {
        if (address === 'gone@example.com') done(Object.assign(new Error('no'), { responseCode: 550 }))
        else done()
      },
    })
    const to = ['ops@example.com', 'gone@example.com', 'ada@example.com']
    const mailer = smtpMailer({ url: picky.url, from: 'ledger@example.com' })
    const ctx = told({ webhook: null, slack: null, email: { to, mailer } })
    await openAlert(ctx, alert)
    expect(await deliverAll(at(), ctx)).toEqual({ delivered: 2, failed: 1, more: false })
    await at().pass(60)
    expect(await deliverAll(at(), ctx)).toEqual({ delivered: 0, failed: 1, more: false })
    expect(picky.taken.map((mail) => mail.to).toSorted()).toEqual([['ada@example.com'], ['ops@example.com']])
    await picky.close()
  })
})

describe('a channel by which alerts do not get through', () => {
  const failing = 'channel.failing:alert-slack'
  const answers = (status: number) =>
    at().receiver.answer(
      (response, { path }) => void response.writeHead(path === '/slack/geheim' ? status : 200).end(),
    )
  const tryFor = async (ctx: Context, times: number) => {
    for (let n = 0; n < times; n++) {
      await deliverAll(at(), ctx)
      await at().pass(5 * 3_600)
    }
  }

  it('is told of by the others, once, and that it works again', async () => {
    const ctx = told({ email: null })
    answers(404)
    await openAlert(ctx, alert)
    await tryFor(ctx, 4)
    expect(await openOnes()).toEqual([{ key: alert.key }])
    await tryFor(ctx, 4)
    expect(await openOnes()).toEqual([{ key: alert.key }, { key: failing }])
    const messages = () => arrivedAt('/alerts/geheim').map(({ body }) => JSON.parse(body).data.message)
    expect(messages()).toEqual([alert.message, 'alerts do not get through by alert-slack: it answered 404'])
    answers(200)
    await tryFor(ctx, 2)
    expect(await openOnes()).toEqual([{ key: alert.key }])
    expect(messages().slice(2)).toEqual(['alerts get through by alert-slack again'])
    expect(arrivedAt('/slack/geheim').filter(({ body }) => body.includes('get through'))).toEqual([])
  })

  it('stands among the alerts where there is no other', async () => {
    const ctx = told({ webhook: null, email: null })
    answers(404)
    await openAlert(ctx, alert)
    await tryFor(ctx, 6)
    expect(await openOnes()).toEqual([{ key: alert.key }, { key: failing }])
    answers(200)
    await tryFor(ctx, 1)
    expect(await openOnes()).toEqual([{ key: alert.key }])
  })
})
