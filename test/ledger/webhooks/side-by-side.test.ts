import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { tick } from '../../../lib/ledger/tick.ts'
import { announce } from '../../../lib/ledger/webhooks/announce.ts'
import { deliver } from '../../../lib/ledger/webhooks/deliver.ts'
import { startReceiver } from '../../support/receiver.ts'
import { bodiesOf, deliverAll, deliveriesOf, hook, useNotices } from './steps.ts'

const at = useNotices()

let events = 0
async function happen(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const eventId = `side_${++events}`
    await announce(at().ctx, { eventId, type: 'cron.failed', projectId: null, data: {} })
  }
}
const cronHook = (path: string) => hook(at(), { events: ['cron.*'], path })
const arrivedAt = (path: string) => at().receiver.received.filter((one) => one.path === path)

/** Those who call `/slow` wait until they are let go. */
function slowly(): { waiting: ServerResponse[]; letGo: () => void } {
  const waiting: ServerResponse[] = []
  let isOver = false
  at().receiver.answer((response, { path }) => {
    if (path === '/slow' && !isOver) waiting.push(response)
    else response.writeHead(200).end()
  })
  const letGo = () => {
    isOver = true
    for (const response of waiting) response.writeHead(200).end()
  }
  return { waiting, letGo }
}

describe('a receiver that is slow', () => {
  it('is in nobody’s way: all others are told of everything meanwhile', async () => {
    const slow = await cronHook('slow')
    await cronHook('quick')
    await happen(60)
    const { waiting, letGo } = slowly()
    const delivering = deliverAll(at())
    await expect.poll(() => arrivedAt('/quick').length, { timeout: 20_000 }).toBe(60)
    // A few at a time, and no more.
    expect(waiting).toHaveLength(10)
    letGo()
    expect(await delivering).toEqual({ delivered: 120, failed: 0, more: false })
    expect((await deliveriesOf(at(), slow)).every(({ attempts }) => attempts === 1)).toBe(true)
  })
})

describe('a process that stops', () => {
  it('begins nothing more, lets go what does not end, and another takes that up at once', async () => {
    const slow = await cronHook('slow')
    await happen(12)
    const { waiting, letGo } = slowly()
    const stopping = new AbortController()
    const { ctx } = at()
    const options = { until: ctx.now() + 60_000, signal: stopping.signal, drainMs: 50 }
    const delivering = deliver(ctx, options)
    await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(10)
    stopping.abort()
    expect(await delivering).toEqual({ delivered: 0, failed: 0, more: true })
    expect(await deliveriesOf(at(), slow)).toHaveLength(12)
    expect(
      (await deliveriesOf(at(), slow)).every(({ status, error }) => status === 'pending' && !error),
    ).toBe(true)
    letGo()
    expect(await deliverAll(at())).toEqual({ delivered: 12, failed: 0, more: false })
  })

  it('waits for what ends in time, and it is told once', async () => {
    await cronHook('slow')
    await happen(3)
    const { waiting, letGo } = slowly()
    const stopping = new AbortController()
    const { ctx } = at()
    const delivering = deliver(ctx, {
      until: ctx.now() + 60_000,
      signal: stopping.signal,
      drainMs: 20_000,
    })
    await expect.poll(() => waiting.length, { timeout: 20_000 }).toBe(3)
    stopping.abort()
    letGo()
    expect(await delivering).toEqual({ delivered: 3, failed: 0, more: true })
    expect(bodiesOf(at())).toHaveLength(3)
  })

  it('that has stopped before tells nobody', async () => {
    await cronHook('quick')
    await happen(1)
    const { ctx } = at()
    const options = { until: ctx.now() + 60_000, signal: AbortSignal.abort() }
    expect(await deliver(ctx, options)).toEqual({ delivered: 0, failed: 0, more: true })
    expect(await tick(ctx, { signal: AbortSignal.abort() })).toMatchObject({ cron: null, more: true })
    expect(bodiesOf(at())).toEqual([])
  })
})

describe('a receiver that asks to be left alone', () => {
  it.each<[status: number, retryAfter: () => string, seconds: number]>([
    [429, () => '120', 120],
    [503, () => '240', 240],
    // A day is more than it gets.
    [429, () => '86400', 3_600],
    [503, () => new Date(Date.now() + 600_000).toUTCString(), 598],
    [500, () => '600', 10],
    [429, () => 'soon', 10],
  ])('by %i is, for as long as it says, an hour at most', async (status, retryAfter, seconds) => {
    const receiver = await startReceiver()
    try {
      await hook({ ...at(), receiver }, { events: ['cron.*'] })
      receiver.answer((response) => response.writeHead(status, { 'retry-after': retryAfter() }).end())
      await happen(1)
      expect(await deliverAll(at())).toMatchObject({ failed: 1 })
      // Not with another event either.
      await happen(1)
      await at().pass(seconds - 3)
      expect(await deliverAll(at())).toMatchObject({ delivered: 0, failed: 0 })
      await at().pass(6)
      receiver.answer(200)
      expect(await deliverAll(at())).toEqual({ delivered: 2, failed: 0, more: false })
    } finally {
      await receiver.close()
    }
  })
})
