import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { deleteWebhook, updateWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import { must } from '../../contracts/harness.ts'
import { enqueued } from '../steps.ts'
import { deliveriesOf, hook, useNotices } from './steps.ts'

const at = useNotices()

const watching = () =>
  at().ledger.store.raw(`SELECT tgname FROM pg_trigger WHERE tgname = 'tell_webhooks' AND tgenabled <> 'D'`)

/** One that wants this of a run that ends now is told of it; whether there was anything to tell it. */
async function hearsOfAnEnd(webhook: { id: string }): Promise<boolean> {
  const ctx = at().ledger.as()
  const { id } = await enqueued(ctx)
  await cancelRun(ctx, { id })
  const [last] = await deliveriesOf(at(), webhook)
  return last?.eventId.includes(id) ?? false
}

describe('the first webhook', () => {
  it('costs nothing before it is there, and misses nothing that ends after it', async () => {
    expect(await watching()).toEqual([])
    const { ledger } = at()
    const instances = await Promise.all([ledger.another(), ledger.another(), ledger.another()])
    const ended: { id: string; afterIt: boolean }[] = []
    let [isThere, isOver] = [false, false]
    const ending = instances.map(async (ports) => {
      const ctx = { ...ledger.as(), ...ports }
      while (!isOver) {
        const { id } = await enqueued(ctx)
        const afterIt = isThere
        await cancelRun(ctx, { id })
        ended.push({ id, afterIt })
      }
    })
    const several = () => ended.filter(({ afterIt }) => afterIt).length > 30
    await expect.poll(() => ended.length, { timeout: 20_000 }).toBeGreaterThan(10)
    // Several first ones at once, too.
    const [webhook] = await Promise.all([hook(at()), hook(at()), hook(at())])
    isThere = true
    await expect.poll(several, { timeout: 20_000 }).toBe(true)
    isOver = true
    await Promise.all(ending)

    expect(await watching()).toEqual([{ tgname: 'tell_webhooks' }])
    const rows = (await ledger.store.raw(
      `SELECT payload -> 'data' ->> 'runId' AS id FROM deliveries WHERE "webhookId" = '${must(webhook).id}'`,
    )) as { id: string }[]
    const told = new Set(rows.map(({ id }) => id))
    expect(ended.filter(({ id, afterIt }) => afterIt && !told.has(id))).toEqual([])
    expect(told.size).toBe(rows.length)
  })

  it('is one of many: another changes nothing about it', async () => {
    const first = await hook(at())
    const second = await hook(at())
    expect(await watching()).toHaveLength(1)
    const ctx = at().ledger.as()
    await cancelRun(ctx, { id: (await enqueued(ctx)).id })
    for (const webhook of [first, second]) expect(await deliveriesOf(at(), webhook)).toHaveLength(1)
  })

  it('of the events of cron jobs alone changes nothing for runs', async () => {
    await hook(at(), { events: ['cron.*'] })
    expect(await watching()).toEqual([])
  })
})

describe('the last webhook of the events of runs', () => {
  it.each<[how: string, gone: (id: string) => Promise<unknown>]>([
    ['is disabled', (id) => updateWebhook(at().ctx, { id, isEnabled: false })],
    ['is deleted', (id) => deleteWebhook(at().ctx, { id })],
    ['wants others', (id) => updateWebhook(at().ctx, { id, events: ['cron.failed'] })],
  ])('that %s leaves no cost behind, and the next one hears of runs again', async (_how, gone) => {
    await hook(at(), { events: ['cron.*'] })
    const [one, last] = [await hook(at()), await hook(at(), { events: ['run.canceled'] })]
    await gone(one.id)
    expect(await hearsOfAnEnd(last)).toBe(true)
    await gone(last.id)
    expect(await watching()).toEqual([])
    const next = await hook(at(), { events: ['run.canceled'] })
    expect(await hearsOfAnEnd(next)).toBe(true)
  })

  it('goes while another comes: whoever is there in the end hears of runs', async () => {
    for (let n = 0; n < 15; n++) {
      const last = await hook(at())
      const [next] = await Promise.all([hook(at()), deleteWebhook(at().ctx, { id: last.id })])
      expect(await hearsOfAnEnd(next)).toBe(true)
      await deleteWebhook(at().ctx, { id: next.id })
      expect(await watching()).toEqual([])
    }
  })
})
