import { describe, expect, it } from 'vitest'
import { announce } from '../../../lib/ledger/webhooks/announce.ts'
import { deleteWebhook, getWebhook, updateWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { bodiesOf, deliverAll, deliveriesOf, hook, useNotices } from './steps.ts'

const at = useNotices()

const HOUR = 3_600
let events = 0
const happens = () =>
  announce(at().ctx, { eventId: `day_${++events}`, type: 'cron.failed', projectId: null, data: {} })
/** With somebody who hears of alerts, at the receiver too. */
const withAlerts = (): Context => ({
  ...at().ctx,
  alertChannels: { webhook: null, slack: { url: `${at().receiver.url}alerts` }, email: null },
})
const alerts = async () =>
  (await at().ledger.store.raw(
    `SELECT key, message, "resolvedAt" IS NULL AS open FROM alerts ORDER BY id`,
  )) as { key: string; message: string; open: boolean }[]
const alertTexts = () =>
  at().receiver.received.flatMap(({ path, body }) => (path === '/alerts' ? [JSON.parse(body).text] : []))
/** The webhook answers this, and whoever hears of alerts is well. */
const answers = (status: number) =>
  at().receiver.answer(
    (response, { path }) => void response.writeHead(path === '/alerts' ? 200 : status).end(),
  )

/** Fails until a day is over. */
async function failForADay(ctx: Context): Promise<void> {
  for (let hours = 0; hours <= 30; hours += 5) {
    await deliverAll(at(), ctx)
    await at().pass(5 * HOUR)
  }
  await deliverAll(at(), ctx)
}

describe('a webhook to which nothing gets through', () => {
  it('for a day is disabled, with one alert, and one more when it is enabled again', async () => {
    const ctx = withAlerts()
    const webhook = await hook(at(), { events: ['cron.*'], path: 'geheim' })
    answers(500)
    await happens()
    await deliverAll(at(), ctx)
    await at().pass(23 * HOUR)
    await happens()
    await deliverAll(at(), ctx)
    const before = await getWebhook(ctx, { id: webhook.id })
    expect(before).toMatchObject({ isEnabled: true, failingSince: expect.any(String) })
    expect(await alerts()).toEqual([])

    await failForADay(ctx)
    expect(await getWebhook(ctx, { id: webhook.id })).toMatchObject({
      isEnabled: false,
      disabledReason: 'nothing has got through for a day',
    })
    const host = new URL(webhook.url).host
    const message = `webhook ${webhook.id} to ${host} was disabled: nothing has got through for a day`
    expect(await alerts()).toEqual([{ key: `webhook.disabled:${webhook.id}`, message, open: true }])
    expect(alertTexts()).toEqual([`Alert: \`${message}\``])

    // What happens now is for nobody, and nothing more is tried.
    const tries = at().receiver.received.length
    await happens()
    await at().pass(HOUR)
    expect(await deliverAll(at(), ctx)).toEqual({ delivered: 0, failed: 0, more: false })
    expect(at().receiver.received).toHaveLength(tries)

    answers(200)
    expect(await updateWebhook(ctx, { id: webhook.id, isEnabled: true })).toMatchObject({
      isEnabled: true,
      disabledReason: null,
      failingSince: null,
    })
    await happens()
    await deliverAll(at(), ctx)
    expect(await alerts()).toMatchObject([{ open: false }])
    expect(alertTexts().slice(1)).toEqual([`Resolved: \`webhook ${webhook.id} was enabled again by system\``])
    expect((await deliveriesOf(at(), webhook))[0]).toMatchObject({ status: 'delivered' })
  })

  it('but now and then is not disabled', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    for (let hours = 0; hours < 60; hours += 12) {
      answers(500)
      await happens()
      await deliverAll(at())
      await at().pass(11 * HOUR)
      answers(200)
      await deliverAll(at())
      expect(await getWebhook(at().ctx, { id: webhook.id })).toMatchObject({
        isEnabled: true,
        failingSince: null,
      })
      await at().pass(HOUR)
    }
    expect(await alerts()).toEqual([])
  })

  it('since it answers that it is gone is disabled at once', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    answers(410)
    await happens()
    await deliverAll(at())
    expect(await getWebhook(at().ctx, { id: webhook.id })).toMatchObject({
      isEnabled: false,
      disabledReason: 'it answered 410: nobody is there any more',
    })
    expect(await alerts()).toMatchObject([{ open: true }])
  })

  it('is no alert any more once it is deleted', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    answers(410)
    await happens()
    await deliverAll(at())
    await deleteWebhook(at().ctx, { id: webhook.id })
    expect(await alerts()).toMatchObject([{ open: false }])
    await at().pass(HOUR)
    expect(await deliverAll(at())).toEqual({ delivered: 0, failed: 0, more: false })
  })

  it('keeps what is on its way for when it is enabled again within the day', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    answers(410)
    await happens()
    await deliverAll(at())
    await at().pass(12 * HOUR)
    answers(200)
    await updateWebhook(at().ctx, { id: webhook.id, isEnabled: true })
    expect(await deliverAll(at())).toMatchObject({ delivered: 1 })
    expect(bodiesOf(at())).toHaveLength(2)
  })

  it.each<[how: string, change: (id: string) => Promise<unknown>]>([
    ['given another URL', (id) => updateWebhook(at().ctx, { id, url: `${at().receiver.url}new` })],
    ['enabled anew', (id) => updateWebhook(at().ctx, { id, isEnabled: true })],
    ['deleted', (id) => deleteWebhook(at().ctx, { id })],
  ])('stays as it is where it was %s while it was called', async (_how, change) => {
    const ctx = withAlerts()
    const webhook = await hook(at(), { events: ['cron.*'] })
    at().receiver.answer(async (response, { path }) => {
      if (path === '/hook') await change(webhook.id)
      response.writeHead(path === '/hook' ? 410 : 200).end()
    })
    await happens()
    await deliverAll(at(), ctx)
    expect(await alerts()).toEqual([])
    const rows = await at().ledger.store.raw('SELECT "isEnabled" FROM webhooks')
    expect(rows.every((row) => (row as { isEnabled: boolean }).isEnabled)).toBe(true)
  })

  it('begins anew with another URL', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    answers(500)
    await happens()
    await deliverAll(at())
    await at().pass(23 * HOUR)
    await deliverAll(at())
    const url = `${at().receiver.url}new`
    expect(await updateWebhook(at().ctx, { id: webhook.id, url })).toMatchObject({ failingSince: null })
    await at().pass(4 * HOUR)
    await deliverAll(at())
    expect(await getWebhook(at().ctx, { id: webhook.id })).toMatchObject({ isEnabled: true })
  })
})
