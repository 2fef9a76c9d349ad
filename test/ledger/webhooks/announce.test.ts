import { describe, expect, it } from 'vitest'
import { announce } from '../../../lib/ledger/webhooks/announce.ts'
import { deleteWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import type { NoticeType } from '../../../lib/run/webhook.ts'
import { unique } from '../../support/make.ts'
import { deliverAll, deliveriesOf, hook, useNotices } from './steps.ts'

const at = useNotices()

const tell = (projectId: string | null = null, type: NoticeType = 'cron.failed', eventId = unique('evt')) =>
  announce(at().ctx, { eventId, type, projectId, data: { name: 'nightly' } })
const count = async (webhook: { id: string }) => (await deliveriesOf(at(), webhook)).length

describe('an event that is announced', () => {
  it('again is told once, by however many at once', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    const eventId = unique('evt')
    await Promise.all([1, 2, 3, 4, 5].map(() => tell(null, 'cron.failed', eventId)))
    await tell(null, 'cron.failed', eventId)
    expect(await count(webhook)).toBe(1)
  })

  it('has an id in which no full stop can be taken for the end of it', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    await tell(null, 'cron.failed', 'cron.failed:01KBQK.6M')
    expect(await deliveriesOf(at(), webhook)).toMatchObject([{ eventId: 'cron_failed_01KBQK_6M' }])
  })

  it('is told to each webhook that wants it', async () => {
    const wanting = await Promise.all([
      hook(at(), { events: ['cron.failed'] }),
      hook(at(), { events: ['cron.*'] }),
      hook(at(), { events: ['run.failed', 'cron.failed'], kinds: ['script.pull'] }),
    ])
    const others = await Promise.all([
      hook(at(), { events: ['cron.timeout'] }),
      hook(at(), { events: ['run.*'] }),
      hook(at(), { events: ['cron.*'], isEnabled: false }),
    ])
    await tell()
    expect(await Promise.all(wanting.map(count))).toEqual([1, 1, 1])
    expect(await Promise.all(others.map(count))).toEqual([0, 0, 0])
  })

  it('of a project is told to that project and to those of all; of none, to the latter alone', async () => {
    const [mine, other] = [unique('p'), unique('p')]
    const ofMine = await hook(at(), { events: ['cron.*'], projectId: mine })
    const ofOther = await hook(at(), { events: ['cron.*'], projectId: other })
    const ofAll = await hook(at(), { events: ['cron.*'] })
    await tell(mine)
    await tell(null)
    expect([await count(ofMine), await count(ofOther), await count(ofAll)]).toEqual([1, 0, 2])
  })
})

describe('what was over 30 days ago', () => {
  const clean = (channels: string[] = []) =>
    at().ctx.notices.cleanUp({ olderThanDays: 30, limit: 1_000, channels })

  it('is forgotten, and nothing else', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    await tell()
    await deliverAll(at())
    await at().pass(31 * 86_400)
    await tell()
    await deliverAll(at())
    await tell()
    expect(await clean()).toEqual({ givenUp: 0, removed: 1 })
    expect((await deliveriesOf(at(), webhook)).map(({ status }) => status)).toEqual(['pending', 'delivered'])
    expect(await clean()).toEqual({ givenUp: 0, removed: 0 })
  })

  it('of alerts is forgotten once they are over', async () => {
    const { ctx, ledger } = at()
    for (const key of ['over', 'open'])
      await ctx.notices.openAlert({ key, type: 't', message: 'm', data: {} }, [])
    await ctx.notices.resolveAlert('over', 'm')
    await ledger.store.raw(
      `UPDATE alerts SET "openedAt" = now() - interval '40 days', "resolvedAt" = "resolvedAt" - interval '31 days'`,
    )
    expect(await clean()).toMatchObject({ removed: 1 })
    expect(await ledger.store.raw('SELECT key FROM alerts')).toEqual([{ key: 'open' }])
  })

  it('and was never tried is kept while somebody waits for it, however late the tick', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    await tell()
    await at().ctx.notices.openAlert({ key: 'late', type: 't', message: 'm', data: {} }, ['alert-slack'])
    await at().pass(72 * 3_600)
    expect(await clean(['alert-slack'])).toMatchObject({ givenUp: 0 })
    // Nobody has that channel any more.
    expect(await clean([])).toMatchObject({ givenUp: 1 })
    expect((await deliveriesOf(at(), webhook)).map(({ status }) => status)).toEqual(['pending'])
  })

  it('and was for nobody any more is given up first', async () => {
    const webhook = await hook(at(), { events: ['cron.*'] })
    await tell()
    await deleteWebhook(at().ctx, { id: webhook.id })
    expect(await clean()).toMatchObject({ givenUp: 0 })
    await at().pass(31 * 3_600)
    expect(await clean()).toMatchObject({ givenUp: 1, removed: 0 })
    await at().pass(31 * 86_400)
    expect(await clean()).toMatchObject({ givenUp: 0, removed: 1 })
  })
})
