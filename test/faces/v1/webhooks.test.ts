import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Delivery, NewWebhook, Webhook } from '../../../lib/run/webhook.ts'
import { unique } from '../../support/make.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { enqueue, must, type Page, refusal, useApp } from './steps.ts'

const at = useApp({ env: { OUTBOUND_ALLOW_LOOPBACK: 'on' } })
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver?.close())

const create = async (fields: object = {}) => {
  const body = { url: `${receiver.url}hook`, events: ['run.canceled'], ...fields }
  const { status, json, text } = await at().request<NewWebhook>('POST', '/v1/webhooks', { body })
  expect(status, text).toBe(201)
  return json
}
const get = (id: string) => at().request<Webhook>('GET', `/v1/webhooks/${id}`)
const put = (id: string, body: object) => at().request<Webhook>('PUT', `/v1/webhooks/${id}`, { body })
const deliveries = async (id: string, query = '') =>
  (await at().request<Page<Delivery>>('GET', `/v1/webhooks/${id}/deliveries${query}`)).json
const deliverAll = () => {
  const { ports } = at()
  return deliver({ ...ports, actor: SYSTEM, requestId: 'test' }, { until: ports.now() + 60_000 })
}
const NOBODY = '01KBQK6M3V8Z5W0X2Y4A6C8E9G'

describe('a webhook', () => {
  it('is made with a secret that is shown this once and kept nowhere', async () => {
    const { secret, ...webhook } = await create({
      description: 'ours',
      projectId: 'acme',
      kinds: ['script.pull'],
    })
    expect(secret).toMatch(/^whsec_/)
    expect(webhook).toMatchObject({
      url: `${receiver.url}hook`,
      description: 'ours',
      projectId: 'acme',
      format: 'standard',
      events: ['run.canceled'],
      kinds: ['script.pull'],
      isEnabled: true,
      disabledReason: null,
      failingSince: null,
      rotatedAt: null,
      createdBy: 'admin',
    })
    expect((await get(webhook.id)).json).toEqual(webhook)
    const rows = await at().raw(`SELECT * FROM webhooks WHERE id = '${webhook.id}'`)
    expect(JSON.stringify(rows)).not.toContain(secret.slice('whsec_'.length))
  })

  it('changes in what is given, and in nothing else', async () => {
    const { secret: _, ...before } = await create({ description: 'ours', kinds: ['a'], projectId: 'acme' })
    const { json } = await put(before.id, { description: null, events: ['run.*', 'run.*'] })
    expect(json).toEqual({ ...before, description: null, events: ['run.*'], updatedAt: json.updatedAt })
    expect((await put(before.id, { kinds: null, projectId: null, isEnabled: false })).json).toMatchObject({
      kinds: null,
      projectId: null,
      isEnabled: false,
      events: ['run.*'],
    })
    expect((await put(before.id, {})).json).toMatchObject({ kinds: null, isEnabled: false })
  })

  it('is gone for good once it is deleted', async () => {
    const { id } = await create()
    const remove = () => at().request('DELETE', `/v1/webhooks/${id}`)
    expect((await remove()).status).toBe(204)
    expect((await remove()).status).toBe(404)
    expect((await get(id)).status).toBe(404)
  })

  it('may be listed a page at a time, newest first', async () => {
    const made = [await create(), await create(), await create()].map(({ id }) => id).toReversed()
    const first = (await at().request<Page<Webhook>>('GET', '/v1/webhooks?limit=2')).json
    expect(first.data.map(({ id }) => id)).toEqual(made.slice(0, 2))
    const next = await at().request<Page<Webhook>>('GET', `/v1/webhooks?limit=1&cursor=${first.nextCursor}`)
    expect(next.json.data.map(({ id }) => id)).toEqual(made.slice(2))
    expect(next.text).not.toContain('whsec_')
  })

  it('for Slack does not show the URL again, which is a password', async () => {
    const { id, url } = await create({
      format: 'slack',
      url: 'https://hooks.slack.com/services/T0/B0/geheim',
    })
    expect(url).toBe('https://hooks.slack.com/…')
    for (const { text } of [
      await get(id),
      await put(id, { description: 'x' }),
      await at().request('GET', '/v1/webhooks'),
    ])
      expect(text).not.toContain('geheim')
    const problem = await refusal(at(), 'PUT', `/v1/webhooks/${id}`, { body: { format: 'standard' } })
    expect(problem).toMatchObject({ status: 422, errors: [{ path: 'url' }] })
    const anew = { format: 'standard', url: 'https://example.com/hook' }
    expect((await put(id, anew)).json).toMatchObject(anew)
  })

  it('with a new secret is signed with both', async () => {
    const { id, secret: first } = await create()
    const { json } = await at().request<NewWebhook>('POST', `/v1/webhooks/${id}:rotate`)
    expect(json.secret).not.toBe(first)
    expect(json.rotatedAt).not.toBeNull()
    await at().request('POST', `/v1/webhooks/${id}:test`)
    const { body, headers } = must(receiver.received.at(-1))
    for (const secret of [first, json.secret])
      expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toMatchObject({
        type: 'webhook.test',
      })
  })

  it('tells of a run, and says so in its log', async () => {
    const projectId = unique('p')
    const { id, secret } = await create({ projectId })
    const run = await enqueue(at(), { projectId, input: { key: 'x' } })
    await at().request('POST', `/v1/runs/${run.id}:cancel`, { body: { reason: 'no need' } })
    await deliverAll()
    const { body, headers } = must(receiver.received.at(-1))
    expect(new Verifier(secret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: 'run.canceled',
      data: { runId: run.id, projectId, kind: run.kind, state: 'canceled' },
    })
    expect(await deliveries(id)).toMatchObject({
      data: [
        {
          eventId: headers['webhook-id'],
          eventType: 'run.canceled',
          status: 'delivered',
          responseStatus: 200,
        },
      ],
      nextCursor: null,
    })
  })
})

describe('a test of a webhook', () => {
  it('says at once what came of it, and is no reason to disable it', async () => {
    const { id } = await create()
    const test = () => at().request<Delivery>('POST', `/v1/webhooks/${id}:test`)
    expect((await test()).json).toMatchObject({
      status: 'delivered',
      attempts: 1,
      responseStatus: 200,
      error: null,
    })
    receiver.answer(500)
    expect((await test()).json).toMatchObject({
      status: 'failed',
      responseStatus: 500,
      error: 'it answered 500',
    })
    receiver.answer(200)
    expect((await get(id)).json).toMatchObject({ failingSince: null, isEnabled: true })
    const both = await deliveries(id)
    expect(both.data.map(({ status }) => status)).toEqual(['failed', 'delivered'])
    const { data, nextCursor } = await deliveries(id, '?limit=1')
    expect([data, nextCursor]).toEqual([both.data.slice(0, 1), String(both.data[0]?.id)])
    expect((await deliveries(id, `?limit=1&cursor=${nextCursor}`)).data).toEqual(both.data.slice(1))
    expect((await deliveries(id, '?status=failed')).data).toHaveLength(1)
  })
})

describe('a webhook that cannot be', () => {
  const wrong: [body: object, path: string][] = [
    [{ url: 'ftp://example.com' }, 'url'],
    [{ url: 'nonsense' }, 'url'],
    [{ url: 'https://me:geheim@example.com/' }, 'url'],
    [{ url: 'http://10.0.0.1/' }, 'url'],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 'url'],
    [{ url: 'http://[::ffff:10.0.0.1]/' }, 'url'],
    [{ url: 'http://0/' }, 'url'],
    [{ url: `https://example.com/${'x'.repeat(2_000)}` }, 'url'],
    [{ events: [] }, 'events'],
    [{ events: ['run.enqueued'] }, 'events.0'],
    [{ events: '*' }, 'events'],
    [{ kinds: [] }, 'kinds'],
    [{ kinds: ['a b'] }, 'kinds.0'],
    [{ format: 'teams' }, 'format'],
    [{ description: 'a\u0000' }, 'description'],
    [{ projectId: '' }, 'projectId'],
    [{ isEnabled: 'yes' }, 'isEnabled'],
    [{ secret: 'mine' }, ''],
  ]

  it.each(wrong)('is refused: %j', async (fields, path) => {
    const body = { url: 'https://example.com/hook', events: ['run.failed'], ...fields }
    const problem = await refusal(at(), 'POST', '/v1/webhooks', { body })
    expect(problem).toMatchObject({ status: 422, code: 'invalid' })
    expect(problem.errors?.map((issue) => issue.path)).toContain(path)
    expect(problem.text).not.toContain('geheim')
    const { id } = await create()
    const changing = await refusal(at(), 'PUT', `/v1/webhooks/${id}`, { body: fields })
    expect(changing).toMatchObject({ status: 422, code: 'invalid' })
  })

  it('is refused without a URL or events', async () => {
    for (const body of [{ url: 'https://example.com/' }, { events: ['run.*'] }])
      expect(await refusal(at(), 'POST', '/v1/webhooks', { body })).toMatchObject({ status: 422 })
  })

  it('is not found', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['PUT', ''],
      ['DELETE', ''],
      ['POST', ':rotate'],
      ['POST', ':test'],
      ['GET', '/deliveries'],
    ] as const) {
      const sent = method === 'PUT' ? { body: { description: 'x' } } : {}
      expect(await refusal(at(), method, `/v1/webhooks/${NOBODY}${path}`, sent)).toMatchObject({
        status: 404,
      })
    }
  })
})
