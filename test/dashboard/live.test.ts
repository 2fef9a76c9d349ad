import type { Locator, Page } from 'playwright-core'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reader, takeFaults, useChromium } from './chromium.ts'
import { useWorld } from './world.ts'

/** Pages that look after themselves, where the stream goes as it should and where it cannot be had. */
const world = useWorld()
const open = useChromium()
const LONG_MS = 120_000
/** Somebody looks at it again: it listens anew. */
const COME_BACK = `document.dispatchEvent(new Event('visibilitychange'))`
const WHAT_A_PAGE_ASKS = /\/admin\//
let reader: Reader
let page: Page

beforeAll(async () => {
  reader = await open(world())
  page = reader.page
  await page.clock.install()
})
afterAll(() => reader.context.close())

async function startRun() {
  const { body } = await world().api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', {
    id: ulid(),
    kind: 'looked.at',
    workerId: 'test:1',
  })
  const { id } = body.run
  const succeed = () =>
    world().api.post(`/v1/runs/${id}:succeed`, { leaseToken: body.leaseToken, exitCode: 0, logBytes: 0 })
  return { id, path: `/admin/runs/${id}`, succeed }
}

/** What the page asks for from when that is done while so much of its time goes by. */
async function askedWithin(ms: number, first: () => Promise<unknown> = async () => {}): Promise<string[]> {
  const asked: string[] = []
  const note = (request: { url(): string }) => asked.push(new URL(request.url()).pathname)
  page.on('request', note)
  await first()
  await page.clock.runFor(ms)
  // A round trip through the page: what it asked for has been told by then.
  await page.evaluate(() => fetch('/assets/icon.svg').then((answer) => answer.text()))
  page.off('request', note)
  return asked.filter((path) => path !== '/assets/icon.svg' && !path.endsWith('/log/lines'))
}

/** While so much of the page's time goes by as it takes. */
async function untilSeen(what: Locator): Promise<void> {
  const look = async () => {
    // Where the page is just being loaded anew there is no clock of it.
    await page.clock.runFor(10_000).catch(() => {})
    return await what.count()
  }
  await expect.poll(look, { timeout: 30_000 }).toBeGreaterThan(0)
}

/** From now on there are pages, and all that they ask for is answered so. */
async function answerAll(status: number): Promise<void> {
  await page.route(WHAT_A_PAGE_ASKS, (route) =>
    route.request().isNavigationRequest() ? route.continue() : route.fulfill({ status }),
  )
  await page.evaluate(COME_BACK)
}

const faultsBut503 = () => takeFaults().filter((fault) => !/status of 503/.test(fault))

describe('a page that is live', () => {
  it('asks for nothing more once it stays as it is, also when somebody comes back to it', async () => {
    const { path, succeed } = await startRun()
    await page.goto(path)
    await succeed()
    await page.locator('main .state.succeeded').first().waitFor()
    expect(await page.title()).toContain('succeeded')
    expect(await askedWithin(LONG_MS, () => page.evaluate(COME_BACK))).toEqual([])
  })

  it('asks by itself where the stream cannot be had, and no more once it stays as it is', async () => {
    await page.route('**/admin/live?**', (route) => route.fulfill({ status: 204 }))
    const { path, succeed } = await startRun()
    await page.goto(path)
    await expect.poll(() => askedWithin(LONG_MS), { timeout: 30_000 }).toContain(path)
    await succeed()
    await expect
      .poll(
        async () => {
          await page.clock.runFor(10_000)
          return await page.locator('main .state.succeeded').count()
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(0)
    await expect.poll(() => askedWithin(LONG_MS), { timeout: 30_000 }).toEqual([])
    await page.unroute('**/admin/live?**')
  })

  it('that is not answered says since when it is behind, asks ever less often, and goes on once it is', async () => {
    const { path, succeed } = await startRun()
    await page.goto(path)
    await answerAll(503)
    const since = /^Not up to date since \d+ \w+ \d\d:\d\d:\d\d\. The ledger does not answer/
    await untilSeen(page.getByRole('status').filter({ hasText: since }))
    const asked: string[] = []
    for (let n = 0; n < 24; n++) asked.push(...(await askedWithin(5_000)))
    // In two minutes; every 5 s it would be 24 times.
    expect(asked.filter((one) => one === path).length).toBeLessThanOrEqual(8)
    await page.unroute(WHAT_A_PAGE_ASKS)
    await untilSeen(page.locator('.behind:empty'))
    await succeed()
    await untilSeen(page.locator('main .state.succeeded'))
    expect(faultsBut503()).toEqual([])
  })

  it('of a run that is deleted meanwhile is loaded anew, says so, and asks for nothing more', async () => {
    const { id, path, succeed } = await startRun()
    await page.goto(path)
    await answerAll(503)
    await succeed()
    const { status } = await world().api.post(`/v1/runs/${id}:delete`, { reason: 'a test', mode: 'hard' })
    expect(status).toBe(200)
    await page.unroute(WHAT_A_PAGE_ASKS)
    await untilSeen(page.locator('main').getByText(`there is no run ${id}`))
    expect(await askedWithin(LONG_MS)).toEqual([])
    expect(faultsBut503()).toEqual([])
  })

  it('is loaded anew once, where that changes nothing', async () => {
    const { path } = await startRun()
    await page.goto(path)
    const loads: string[] = []
    const note = () => loads.push(page.url())
    page.on('load', note)
    await answerAll(404)
    await untilSeen(page.getByRole('status').filter({ hasText: 'Load the page again to see why' }))
    await askedWithin(LONG_MS)
    page.off('load', note)
    expect(loads).toHaveLength(1)
    await page.unroute(WHAT_A_PAGE_ASKS)
  })

  it('leaves room for others, and is live all the same where eight are looked at', async () => {
    // A browser has six connections to a server: a stream each would leave none to load the seventh by.
    const { path, succeed } = await startRun()
    const other = await open(world())
    const pages = [other.page]
    while (pages.length < 8) pages.push(await other.context.newPage())
    const streams: string[] = []
    other.context.on('request', (request) => {
      if (request.url().includes('/admin/live?')) streams.push(request.url())
    })
    for (const one of pages) await one.goto(path)
    expect(streams.length).toBeLessThanOrEqual(3)
    await succeed()
    for (const one of pages) await one.locator('main .state.succeeded').first().waitFor()
    expect(streams.length).toBeGreaterThan(0)
    await other.context.close()
  })

  it('whose log is asked for after the session has ended asks to sign in', async () => {
    await page.route('**/admin/live?**', () => {})
    const { path } = await startRun()
    await page.goto(path)
    await reader.context.clearCookies()
    await expect
      .poll(
        async () => {
          await page.clock.runFor(10_000).catch(() => {})
          return new URL(page.url()).pathname
        },
        { timeout: 30_000 },
      )
      .toBe('/admin/sign-in')
  })

  it('has met no error on the way', () => {
    expect(takeFaults()).toEqual([])
  })
})
