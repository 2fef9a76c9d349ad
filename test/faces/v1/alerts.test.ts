import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { resolveAlert } from '../../../lib/ledger/alerts/resolve-alert.ts'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Alert } from '../../../lib/run/alert.ts'
import { type Receiver, startReceiver } from '../../support/receiver.ts'
import { type Page, useApp } from './steps.ts'

const at = useApp({ env: { OUTBOUND_ALLOW_LOOPBACK: 'on' } })
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver?.close())

const system = () => ({
  ...at().ports,
  actor: SYSTEM,
  requestId: 'test',
  alertChannels: {
    webhook: { url: `${receiver.url}down`, secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
    slack: { url: `${receiver.url}up` },
    email: null,
  },
})
const tell = () => deliver(system(), { until: at().ports.now() + 60_000 })
const list = (query = '') => at().request<Page<Alert>>('GET', `/v1/alerts${query}`)
const alert = (key: string) => ({ key, type: 'cron.failing', message: `${key} fails`, data: { name: key } })

describe('GET /v1/alerts', () => {
  it('shows what is wrong, since when, how often, and who has heard of it', async () => {
    receiver.answer((response, { path }) => void response.writeHead(path === '/up' ? 200 : 500).end())
    for (let n = 0; n < 3; n++) await openAlert(system(), alert('nightly'))
    await tell()
    const { json, text } = await list()
    expect(json.data, text).toEqual([
      {
        id: expect.any(Number),
        key: 'nightly',
        type: 'cron.failing',
        message: 'nightly fails',
        data: { name: 'nightly' },
        openedAt: expect.any(String),
        lastSeenAt: expect.any(String),
        timesSeen: 3,
        resolvedAt: null,
        notices: [
          {
            channel: 'alert-webhook',
            opened: { status: 'pending', attempts: 1, error: 'it answered 500', deliveredAt: null },
            resolved: null,
          },
          {
            channel: 'alert-slack',
            opened: { status: 'delivered', attempts: 1, error: null, deliveredAt: expect.any(String) },
            resolved: null,
          },
        ],
      },
    ])
    await resolveAlert(system(), { key: 'nightly', message: 'it works' })
    await tell()
    expect((await list()).json.data).toEqual([])
    const [over] = (await list('?state=resolved')).json.data
    expect(over).toMatchObject({
      resolvedAt: expect.any(String),
      notices: [
        { channel: 'alert-webhook', resolved: { status: 'pending', attempts: 0 } },
        { channel: 'alert-slack', resolved: { status: 'delivered' } },
      ],
    })
    expect(text).not.toContain(receiver.url)
  })

  it('comes in pages, by whether they are open', async () => {
    for (let n = 0; n < 5; n++) await openAlert(system(), alert(`k${n}`))
    await resolveAlert(system(), { key: 'k2', message: 'over' })
    const keys: string[] = []
    for (let query = '?limit=2'; ; ) {
      const { data, nextCursor } = (await list(query)).json
      keys.push(...data.map(({ key }) => key))
      if (nextCursor === null) break
      query = `?limit=2&cursor=${nextCursor}`
    }
    expect(keys).toEqual(['k4', 'k3', 'k1', 'k0'])
    const all = (await list('?state=all')).json.data.map(({ key }) => key)
    expect(all).toEqual(['k4', 'k3', 'k2', 'k1', 'k0', 'nightly'])
  })

  it('comes by type', async () => {
    await openAlert(system(), { ...alert('full'), type: 'storage.full' })
    const keysOf = async (query: string) => (await list(query)).json.data.map(({ key }) => key)
    expect(await keysOf('?type=storage.full')).toEqual(['full'])
    expect(await keysOf('?state=resolved&type=storage.full')).toEqual([])
    expect(await keysOf('?type=cron.failing')).not.toContain('full')
  })

  it.each(['?type=', '?state=closed', '?cursor=x', '?limit=0'])('refuses %s', async (query) => {
    expect((await list(query)).status).toBe(422)
  })
})
