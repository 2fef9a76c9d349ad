import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { resolveAlert } from '../../../lib/ledger/alerts/resolve-alert.ts'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { createWebhook, getWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import type { AlertChannels } from '../../../lib/ports/alert-channels.ts'
import { type Shown, signedIn } from '../../support/dashboard.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { must, useApp } from '../v1/steps.ts'
import { ledgerOf, madeJob } from './cron-steps.ts'

const EVIL = '<script>alert(1)</script>'
const next = ({ html }: Shown) => /href="([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
/** The words of a page between these. */
function part({ text }: Shown, from: string, to: string): string {
  const [start, end] = [text.indexOf(from), text.indexOf(to)]
  expect([start >= 0, end > start], text).toEqual([true, true])
  return text.slice(start, end)
}

describe('the alerts of a ledger where all is well', () => {
  const at = useApp()

  it('are none, which is said, with who would hear of one, and how that is set up', async () => {
    const browser = await signedIn(at())
    const { html, text } = await browser.get('/admin/alerts')
    expect(html).toContain('<title>Alerts · Runledger</title>')
    expect(text).toContain('Nothing is wrong')
    expect(text).toContain('npx runledger alerts')
    expect(text).toContain('No alert has ended in the last 30 days')
    expect(text).toContain('Nobody is told')
    for (const name of ['SLACK_URL', 'EMAIL_TO', 'WEBHOOK_URL', 'WEBHOOK_SECRET'])
      expect(text).toContain(`ALERT_${name}`)
    expect(text).toContain('There is no webhook')
    expect(html).toContain('data-live="/admin/live?page=%2Fadmin%2Falerts"')
    expect((await browser.get('/admin')).html).toContain('href="/admin/alerts"')
  })

  it('are for admins: a key of a project sees neither the page nor a way to it', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write'], projectId: 'acme' })
    const browser = await signedIn(at(), key)
    expect((await browser.get('/admin/alerts')).status).toBe(403)
    expect((await browser.get('/admin')).html).not.toContain('/admin/alerts')
    const id = at().ports.newId()
    expect((await browser.send(`/admin/alerts/webhooks/${id}/enable`)).status).toBe(403)
  })
})

describe('alerts', () => {
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  afterAll(() => receiver?.close())
  const channels = (): AlertChannels => ({
    webhook: { url: `${receiver.url}down`, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    slack: { url: `${receiver.url}up` },
    email: null,
  })
  const at = useApp({
    env: { OUTBOUND_ALLOW_LOOPBACK: 'on' },
    wrap: (ports) => ({ ...ports, alertChannels: channels() }),
  })

  it('say what is wrong, since when, where to see to it, and who has heard of it', async () => {
    receiver.answer((response, { path }) => void response.writeHead(path === '/up' ? 200 : 500).end())
    const ctx = ledgerOf(at())
    const job = await madeJob(at())
    const alert = {
      key: 'a',
      type: 'cron.failing',
      message: `${EVIL} has failed`,
      data: { cronJobId: job.id },
    }
    await openAlert(ctx, alert)
    await openAlert(ctx, alert)
    await deliver(ctx, { until: ctx.now() + 60_000 })
    const browser = await signedIn(at())
    const { html, text } = await browser.get('/admin/alerts')
    expect(html).toContain('<title>1 open · Alerts · Runledger</title>')
    expect(text).toContain(`Cron job fails ${EVIL} has failed`)
    expect(html).not.toContain(EVIL)
    expect(text).toContain('2 times')
    expect(html).toContain(`href="/admin/cron/${job.id}">The job</a>`)
    expect(text).toContain('the alert webhook not yet: it answered 500')
    expect(text).toMatch(/Slack The job/)
    await resolveAlert(ctx, { key: 'a', message: 'it is well' })
    const over = await browser.get('/admin/alerts')
    expect(over.text).toContain('Nothing is wrong')
    expect(part(over, 'Alerts that are over', 'Who is told')).toMatch(/has failed .*Slack not yet/)
  })

  it('tell times by the clock of who reads', async () => {
    const ctx = ledgerOf(at())
    const message = 'the policies were changed at 2026-11-22T18:00:00.000Z, less than a day before'
    await openAlert(ctx, { key: 'b', type: 'sweep.needs_approval', message, data: {} })
    const browser = await signedIn(at())
    browser.cookies.set('runledger_zone', encodeURIComponent('Asia/Tokyo'))
    for (const path of ['/admin', '/admin/alerts']) {
      const { html, text } = await browser.get(path)
      expect(text).toMatch(/changed at 23 Nov (2026 )?03:00:00 , less than a day before/)
      expect(text).not.toContain('2026-11-22T18:00:00.000Z')
      expect(html).toContain('<time datetime="2026-11-22T18:00:00.000Z"')
    }
    await resolveAlert(ctx, { key: 'b', message: 'over' })
  })

  it('are those alone that are asked for, by type and by whether they are over', async () => {
    const ctx = ledgerOf(at())
    await openAlert(ctx, { key: 'full', type: 'storage.full', message: 'storage is at 91 %', data: {} })
    await openAlert(ctx, { key: 'audit', type: 'audit.broken', message: 'row 7 is another', data: {} })
    const gone = { key: 'gone', type: 'storage.full', message: 'storage was at 85 %', data: {} }
    await openAlert(ctx, gone)
    await resolveAlert(ctx, { key: 'gone', message: 'it has room again' })
    const browser = await signedIn(at())
    const shown = async (query: string) => (await browser.get(`/admin/alerts${query}`)).text
    expect(await shown('?type=storage.full')).toMatch(/91 %.*85 %/)
    expect(await shown('?type=storage.full')).not.toContain('row 7')
    expect(await shown('?show=open&type=storage.full')).not.toContain('85 %')
    expect(await shown('?show=over&type=storage.full')).not.toContain('91 %')
    expect(await shown('?show=over&type=audit.broken')).toContain('None of this type has ended')
    expect(await shown('?type=not.known')).toContain('None of this type is open')
    const wrong = await browser.get('/admin/alerts?show=open&cursor=x')
    expect(wrong.status).toBe(422)
  })

  it('go on page by page, those that are open by themselves', async () => {
    const ctx = ledgerOf(at())
    for (let n = 0; n < 30; n++)
      await openAlert(ctx, {
        key: `many-${n}`,
        type: 'sweep.failing',
        message: `sweep ${n} failed`,
        data: {},
      })
    const browser = await signedIn(at())
    const first = await browser.get('/admin/alerts?type=sweep.failing')
    expect(first.html.match(/sweep \d+ failed/g)).toHaveLength(25)
    expect(must(next(first))).toContain('show=open')
    const second = await browser.get(must(next(first)))
    expect(second.html.match(/sweep \d+ failed/g)).toEqual([4, 3, 2, 1, 0].map((n) => `sweep ${n} failed`))
    expect(next(second)).toBeUndefined()
    expect(second.html).toContain('rel="first"')
    const { html, text } = await browser.get('/admin')
    expect(text).toContain('There are more alerts: see all')
    expect(html).toContain('href="/admin/alerts?show=open"')
    expect(html).toContain('href="/admin/alerts?show=open&amp;type=sweep.failing"')
  })

  it('that nothing else in the dashboard shows lead here, with what to do', async () => {
    const ctx = ledgerOf(at())
    for (const { key } of await ctx.notices.listAlerts({ isOpen: true, limit: 100 }))
      await resolveAlert(ctx, { key, message: 'over' })
    const message = 'alerts do not get through by alert-slack'
    await openAlert(ctx, { key: 'c', type: 'channel.failing', message, data: { channel: 'alert-slack' } })
    const browser = await signedIn(at())
    const href = '/admin/alerts?type=channel.failing#who-is-told'
    expect((await browser.get('/admin')).html).toContain(`href="${href}"`)
    const { html, text } = await browser.get('/admin/alerts?type=channel.failing')
    expect(text).toContain(message)
    expect(html).toContain('id="who-is-told"')
    expect(text).toContain('Who is told the alert webhook Slack')
    expect(text).toContain('ALERT_SLACK_URL')
  })

  it('about a webhook lead to where it is enabled again, by whom the audit says', async () => {
    const ctx = ledgerOf(at())
    const made = { url: 'https://example.com/geheim', events: ['run.failed' as const], description: EVIL }
    const { id } = await createWebhook(ctx, made)
    const seen = must(await ctx.notices.findWebhook(id))
    const alert = {
      key: `webhook.disabled:${id}`,
      type: 'webhook.disabled',
      message: `webhook ${id} was disabled`,
      data: { webhookId: id },
    }
    await ctx.notices.disableWebhook(seen, 'it answered 410', alert, [])
    const browser = await signedIn(at())
    expect((await browser.get('/admin')).html).toContain(
      'href="/admin/alerts?type=webhook.disabled#webhooks"',
    )
    const { html, text } = await browser.get('/admin/alerts?type=webhook.disabled')
    expect(html).not.toContain(EVIL)
    expect(text).toContain(`https://example.com/geheim ${EVIL} run.failed disabled it answered 410`)
    const enabled = await browser.post(`/admin/alerts/webhooks/${id}/enable`)
    expect(enabled.text).toContain('The webhook is enabled')
    expect(await getWebhook(ctx, { id })).toMatchObject({ isEnabled: true, disabledReason: null })
    expect(part(enabled, 'Alerts that are open', 'Alerts that are over')).not.toContain(`webhook ${id}`)
    const audit = await browser.get('/admin/audit?action=webhook.changed')
    expect(audit.text).toContain(`admin webhook.changed webhook ${EVIL}`)
    const disabled = await browser.post(`/admin/alerts/webhooks/${id}/disable`)
    expect(disabled.text).toContain('The webhook is disabled')
    const gone = await browser.post(`/admin/alerts/webhooks/${at().ports.newId()}/enable`)
    expect(gone.text).toContain('Refused: there is no webhook')
  })
})
