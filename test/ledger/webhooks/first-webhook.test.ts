import { describe, expect, it } from 'vitest'
import { cancelRun } from '../../../lib/ledger/runs/cancel-run.ts'
import { must } from '../../contracts/harness.ts'
import { enqueued } from '../steps.ts'
import { deliveriesOf, hook, useNotices } from './steps.ts'

const at = useNotices()

const watching = () =>
  at().ledger.store.raw(`SELECT tgname FROM pg_trigger WHERE tgname = 'tell_webhooks' AND tgenabled <> 'D'`)

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
})
