import { Webhook as Verifier } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { announce } from '../../../lib/ledger/webhooks/announce.ts'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { rotateWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import { guardedOutbound } from '../../../lib/notify/guarded-outbound.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import { deliveryDelayMs } from '../../../lib/run/delivery.ts'
import { must } from '../../contracts/harness.ts'
import { contextOf } from '../../support/open-ledger.ts'
import { startReceiver } from '../../support/receiver.ts'
import { bodiesOf, deliverAll, deliveriesOf, hook, type Notices, useNotices } from './steps.ts'

const at = useNotices()

let events = 0
/** An event that every webhook of cron events wants. */
async function happens({ ctx }: Notices, data: Record<string, unknown> = {}): Promise<string> {
  const eventId = `evt_${++events}`
  await announce(ctx, { eventId, type: 'cron.failed', projectId: null, data })
  return eventId
}
const cronHook = (notices: Notices, fields: Parameters<typeof hook>[1] = {}) =>
  hook(notices, { events: ['cron.*'], ...fields })
const headersOf = ({ receiver }: Notices) => receiver.received.map(({ headers }) => headers)
/** The one delivery there is to a webhook. */
const only = async (webhook: { id: string }) => must((await deliveriesOf(at(), webhook))[0])
/** Whether a secret verifies what has arrived. */
function verifies(secret: string, { headers, body }: Notices['receiver']['received'][number]): boolean {
  try {
    return new Verifier(secret).verify(body, headers as Record<string, string>) !== undefined
  } catch {
    return false
  }
}

describe('a delivery', () => {
  it('arrives signed, and the official library verifies it', async () => {
    const { secret } = await cronHook(at())
    const eventId = await happens(at(), { name: 'nightly', error: 'ä' })
    expect(await deliverAll(at())).toEqual({ delivered: 1, failed: 0, more: false })
    const [arrived] = at().receiver.received
    expect(arrived).toMatchObject({
      path: '/hook',
      headers: { 'content-type': 'application/json', 'webhook-id': eventId },
    })
    expect(arrived && verifies(secret, arrived)).toBe(true)
    expect(bodiesOf(at())).toMatchObject([{ type: 'cron.failed', data: { name: 'nightly', error: 'ä' } }])
  })

  it('stands in the log with what was answered', async () => {
    const webhook = await cronHook(at())
    at().receiver.answer(202)
    const eventId = await happens(at())
    await deliverAll(at())
    expect(await deliveriesOf(at(), webhook)).toEqual([
      {
        id: expect.any(Number),
        eventId,
        eventType: 'cron.failed',
        status: 'delivered',
        attempts: 1,
        nextAttemptAt: null,
        lastAttemptAt: expect.any(String),
        responseStatus: 202,
        error: null,
        createdAt: expect.any(String),
        deliveredAt: expect.any(String),
      },
    ])
  })

  it('is made once, by however many at once', async () => {
    for (let n = 0; n < 3; n++) await cronHook(at(), { path: `hook${n}` })
    for (let n = 0; n < 20; n++) await happens(at())
    const { ledger, ctx } = at()
    const others = await Promise.all([ledger.another(), ledger.another()])
    const ctxs = [ctx, ...others.map((ports) => ({ ...contextOf(ports, SYSTEM), outbound: ctx.outbound }))]
    const done = await Promise.all(ctxs.map((one) => deliverAll(at(), one)))
    expect(done.reduce((sum, { delivered }) => sum + delivered, 0)).toBe(60)
    const arrived = at().receiver.received.map(({ path, headers }) => `${path} ${headers['webhook-id']}`)
    expect(arrived).toHaveLength(60)
    expect(new Set(arrived).size).toBe(60)
  })

  it('waits for another time once time is up', async () => {
    await cronHook(at())
    await happens(at())
    const { ctx } = at()
    expect(await deliver(ctx, { until: ctx.now() })).toEqual({ delivered: 0, failed: 0, more: true })
    expect(at().receiver.received).toEqual([])
  })

  it('that its process was killed over is made again, and what the first one says later counts for nothing', async () => {
    const webhook = await cronHook(at())
    await happens(at())
    const { ctx } = at()
    const [claimed] = await ctx.notices.claimDeliveries({
      limit: 1,
      channels: [],
      underWay: {},
      leaseSeconds: 60,
    })
    // While it is held nobody else has it.
    expect(await deliverAll(at())).toMatchObject({ delivered: 0 })
    await at().pass(61)
    at().receiver.answer(500)
    expect(await deliverAll(at())).toMatchObject({ failed: 1 })
    if (claimed) await ctx.notices.delivered(claimed, 200)
    expect(await deliveriesOf(at(), webhook)).toMatchObject([{ status: 'pending', attempts: 2 }])
  })
})

describe('a delivery that does not get through', () => {
  it.each<[how: number | 'redirect' | 'silence' | 'inside', error: RegExp, status: number | null]>([
    [500, /^it answered 500$/, 500],
    [404, /^it answered 404$/, 404],
    ['redirect', /^it answered 302, and no redirect is followed$/, 302],
    ['silence', /^127\.0\.0\.1:\d+ cannot be reached/, null],
    ['inside', /^127\.0\.0\.1:\d+ is not on the public internet, and nothing else is called$/, null],
  ])('for %s says why, and is tried again', async (how, error, responseStatus) => {
    const webhook = await cronHook(at())
    await happens(at())
    const { receiver, ctx } = at()
    const inside = await startReceiver()
    receiver.answer((response) => {
      if (how === 'silence') response.destroy()
      else if (how === 'redirect') response.writeHead(302, { location: inside.url }).end()
      else response.writeHead(Number(how)).end()
    })
    const guarded = how === 'inside' ? { ...ctx, outbound: guardedOutbound() } : ctx
    expect(await deliverAll(at(), guarded)).toEqual({ delivered: 0, failed: 1, more: false })
    expect(await deliveriesOf(at(), webhook)).toMatchObject([
      { status: 'pending', attempts: 1, responseStatus, error: expect.stringMatching(error) },
    ])
    expect(receiver.received).toHaveLength(how === 'inside' ? 0 : 1)
    expect(inside.connections()).toBe(0)
    await inside.close()
  })

  it('is the same event at each attempt, signed anew', async () => {
    const { secret } = await cronHook(at())
    at().receiver.answer(503)
    const eventId = await happens(at())
    for (const wait of [10, 15, 45]) {
      await deliverAll(at())
      // Not before its time.
      expect(await deliverAll(at())).toMatchObject({ delivered: 0, failed: 0 })
      await at().pass(wait)
    }
    at().receiver.answer(200)
    expect(await deliverAll(at())).toMatchObject({ delivered: 1 })
    expect(await deliverAll(at())).toMatchObject({ delivered: 0 })
    expect(headersOf(at()).map((headers) => headers['webhook-id'])).toEqual([
      eventId,
      eventId,
      eventId,
      eventId,
    ])
    expect(at().receiver.received.every((arrived) => verifies(secret, arrived))).toBe(true)
    expect(new Set(at().receiver.received.map(({ body }) => body)).size).toBe(1)
  })

  it('is tried for a day, ever more rarely, and then given up', async () => {
    const webhook = await cronHook(at())
    await happens(at())
    at().receiver.answer(500)
    let [age, attempts] = [0, 0]
    for (let delivery = await only(webhook); delivery.status === 'pending'; delivery = await only(webhook)) {
      expect(attempts).toBeLessThan(30)
      attempts += (await deliverAll(at())).failed
      // Others get through: this one alone is at fault.
      await at().ledger.store.raw(`UPDATE webhooks SET "failingSince" = NULL, "retryAt" = NULL`)
      const wait = deliveryDelayMs(attempts) / 1_000
      await at().pass(wait)
      age += wait
    }
    // The last wait was for nothing.
    age -= deliveryDelayMs(attempts) / 1_000
    expect([attempts, age / 3_600 > 24, age / 3_600 < 30]).toEqual([15, true, true])
    expect(await deliveriesOf(at(), webhook)).toMatchObject([
      { status: 'failed', attempts, nextAttemptAt: null, error: 'it answered 500' },
    ])
    expect(at().receiver.received).toHaveLength(attempts)
  })

  it('is not in the way of others: a webhook that fails is tried one at a time, and then left alone', async () => {
    const bad = await cronHook(at(), { path: 'bad' })
    const good = await cronHook(at(), { path: 'good' })
    at().receiver.answer((response, { path }) => void response.writeHead(path === '/bad' ? 500 : 200).end())
    for (let n = 0; n < 60; n++) await happens(at())
    const { delivered, failed } = await deliverAll(at())
    expect(delivered).toBe(60)
    expect(failed).toBeLessThanOrEqual(10)
    expect((await deliveriesOf(at(), good)).every(({ status }) => status === 'delivered')).toBe(true)
    await at().pass(20)
    expect(await deliverAll(at())).toEqual({ delivered: 0, failed: 1, more: false })
    // Once one gets through, all do.
    at().receiver.answer(200)
    await at().pass(60)
    expect(await deliverAll(at())).toEqual({ delivered: 60, failed: 0, more: false })
    expect((await deliveriesOf(at(), bad)).every(({ status }) => status === 'delivered')).toBe(true)
  })

  it('leaves the URL out of the log', async () => {
    await cronHook(at(), { path: 'services/T0/B0/geheim?key=geheim' })
    await happens(at())
    at().receiver.answer((response) => response.destroy())
    await deliverAll(at())
    await at().pass(60)
    await deliverAll(at(), { ...at().ctx, outbound: guardedOutbound() })
    const { logged } = at().ledger
    expect(logged.map(({ message }) => message)).toEqual([
      'a delivery did not get through',
      'a delivery did not get through',
    ])
    expect(JSON.stringify(logged)).not.toContain('geheim')
  })
})

describe('a secret that is rotated', () => {
  it('signs with the one before it, for a day', async () => {
    const { id, secret: first } = await cronHook(at())
    const { secret: second } = await rotateWebhook(at().ctx, { id })
    await happens(at())
    await deliverAll(at())
    await at().pass(86_401)
    await happens(at())
    await deliverAll(at())
    const [during, after] = at().receiver.received
    expect(during && [verifies(first, during), verifies(second, during)]).toEqual([true, true])
    expect(after && [verifies(first, after), verifies(second, after)]).toEqual([false, true])
  })

  it('twice within a day ends the first one at once', async () => {
    const { id, secret: first } = await cronHook(at())
    await rotateWebhook(at().ctx, { id })
    const { secret: third } = await rotateWebhook(at().ctx, { id })
    await happens(at())
    await deliverAll(at())
    const [arrived] = at().receiver.received
    expect(arrived && [verifies(first, arrived), verifies(third, arrived)]).toEqual([false, true])
  })
})

describe('a webhook for Slack', () => {
  it('is sent a text in which nothing calls anybody', async () => {
    await hook(at(), { events: ['cron.*'], format: 'slack' })
    await happens(at(), { name: 'nightly', error: '<!channel> a & b\n<https://evil.example|click>' })
    await deliverAll(at())
    expect(bodiesOf(at())).toEqual([
      {
        text: 'Cron job `nightly` failed: `&lt;!channel&gt; a &amp; b &lt;https://evil.example|click&gt;`',
      },
    ])
  })
})
