import type { Page } from 'playwright-core'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, startServerWithDatabase } from '../support/server.ts'
import { takeFaults, useChromium } from './chromium.ts'

const LINES = 100

const open = useChromium()
let server: Awaited<ReturnType<typeof startServerWithDatabase>>
let run: string

beforeAll(async () => {
  server = await startServerWithDatabase()
  const { api, url } = server
  const asked = { id: ulid(), kind: 'looked.at', workerId: 'test:1' }
  const { body } = await api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', asked)
  run = body.run.id
  const headers = {
    authorization: `Bearer ${ADMIN_KEY}`,
    'lease-token': body.leaseToken,
    'log-offset': '0',
    'content-type': 'text/plain',
  }
  const log = `[2026-01-02T03:04:05.678Z] ${run}: a line\n`.repeat(LINES)
  const sent = await fetch(`${url}/v1/runs/${run}/logs`, { method: 'POST', headers, body: log })
  expect(sent.status).toBe(200)
  await api.post(`/v1/runs/${run}:succeed`, {
    leaseToken: body.leaseToken,
    exitCode: 0,
    logBytes: log.length,
  })
}, 180_000)
afterAll(() => server.close())

const read = (width: number, zone = 'Europe/Berlin') => open({ url: server.url, key: ADMIN_KEY, width, zone })

/** Where the left and the right of it are; of the page, of what is on it. */
const sidesOf = (page: Page, selector: string) =>
  page.evaluate<number[]>(`(() => {
    const one = document.querySelector('${selector}')
    const { left, right } = one.getBoundingClientRect()
    const { paddingLeft, paddingRight } = getComputedStyle(one)
    return one.matches('main') ? [left + parseFloat(paddingLeft), right - parseFloat(paddingRight)] : [left, right]
  })()`)

describe('the parts of a page', () => {
  it.each(['/admin/runs', '/admin/audit'])('what one filters by stands on one line: %s', async (path) => {
    const { page, context } = await read(1440)
    await page.goto(path)
    const tops = (selector: string) =>
      page.locator(`form:has([name="from"]) ${selector}`).evaluateAll((all) => [
        ...new Set(
          all
            .map((one) => one.getBoundingClientRect())
            .filter(({ height }) => height > 0)
            .map(({ top, bottom }) => `${top} to ${bottom}`),
        ),
      ])
    expect(await tops('.fields label')).toHaveLength(1)
    expect(await tops('.fields :is(input, select, button, .button)')).toHaveLength(1)
    await context.close()
  })

  it('what was done is said as wide as the page', async () => {
    for (const width of [1440, 360]) {
      const { page, context } = await read(width)
      await page.goto(`/admin/runs/${run}`)
      await page.locator('summary', { hasText: 'Hold' }).click()
      await page.locator('.asked[open]').getByLabel('Reason').fill('looked at')
      await page.locator('.asked[open] .card > button').click()
      await page.locator('.said').waitFor()
      expect(await sidesOf(page, '.said')).toEqual(await sidesOf(page, 'main'))
      await context.close()
    }
  })

  it('the bar on a small screen has two lines, says whose clock it is, and shows the part one is in', async () => {
    const { page, context } = await read(360, 'America/Los_Angeles')
    await page.goto('/admin/keys')
    const { height } = (await page.locator('.bar').boundingBox()) ?? expect.fail('a bar')
    expect(height).toBeLessThan(100)
    const zone = page.locator('.bar .zone')
    expect(await zone.innerText()).toBe('Los_Angeles')
    expect(await zone.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0)
    const { x, width } =
      (await page.locator('.bar [aria-current]').boundingBox()) ?? expect.fail('where one is')
    expect([x >= 0, x + width <= 360]).toEqual([true, true])
    await context.close()
  })

  it.each([`/admin/runs/{id}`, `/admin/runs/{id}/log`])(
    'the lines of a log are skipped by the keyboard: %s',
    async (path) => {
      const { page, context } = await read(1440)
      await page.goto(path.replace('{id}', run))
      await page.locator('[data-lines] .line').last().waitFor()
      await page.locator('[data-log-times]').focus()
      for (const key of ['Tab', 'Enter']) await page.keyboard.press(key)
      expect(await page.evaluate('document.activeElement.id')).toBe('log-after')
      await page.keyboard.press('Tab')
      expect(await page.evaluate('document.activeElement.closest("[data-lines]")')).toBe(null)
      expect(takeFaults()).toEqual([])
      await context.close()
    },
  )
})
