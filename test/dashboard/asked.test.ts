import type { Locator, Page } from 'playwright-core'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/cli.ts'
import { ADMIN_KEY, startServerWithDatabase } from '../support/server.ts'
import { takeFaults, useChromium } from './chromium.ts'

const open = useChromium()
let server: Awaited<ReturnType<typeof startServerWithDatabase>>
let running: string
let ended: string

beforeAll(async () => {
  server = await startServerWithDatabase()
  const { api } = server
  const start = async () => {
    const run = { id: ulid(), kind: 'looked.at', workerId: 'test:1' }
    const { body } = await api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', run)
    return { id: body.run.id, leaseToken: body.leaseToken }
  }
  running = (await start()).id
  const { id, leaseToken } = await start()
  await api.post(`/v1/runs/${id}:succeed`, { leaseToken, exitCode: 0, logBytes: 0 })
  await api.post(`/v1/runs/${id}:hold`, { reason: 'looked at' })
  await api.post('/v1/keys', { name: 'another', scopes: ['runs:read'] })
  ended = id
}, 180_000)
afterAll(() => server.close())

const read = (width: number, scripts = true) => open({ url: server.url, key: ADMIN_KEY, width, scripts })
const askedOf = (page: Page, label: string) =>
  page.locator('details.asked', { has: page.locator('summary', { hasText: label }) }).last()
const isOpen = (asked: Locator) => asked.evaluate((one) => one.matches('[open]'))

describe('what a button asks', () => {
  it.each([
    ['Cancel', () => '/admin'],
    ['Cancel', () => `/admin/runs/${running}`],
    ['Keep for longer', () => `/admin/runs/${ended}`],
    ['Release', () => '/admin/storage/holds'],
    ['Revoke', () => '/admin/keys'],
  ])('stands whole on a screen of 360 px: %s on page %#', async (label, path) => {
    const { page, context } = await read(360)
    await page.goto(path())
    const asked = askedOf(page, label)
    await asked.locator('summary').click()
    const { x, y, width, height } = (await asked.locator('.card').boundingBox()) ?? expect.fail('a card')
    expect([x >= 0, y >= 0, x + width <= 360, y + height <= 900]).toEqual([true, true, true, true])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    // Nothing lies over it.
    await asked.getByRole('button', { name: 'Yes' }).or(asked.locator('.card > button')).first().hover()
    await context.close()
  })

  it.each([true, false])('is closed by opening another, with scripts (%s) as without', async (scripts) => {
    const { page, context } = await read(1440, scripts)
    await page.goto(`/admin/runs/${ended}`)
    const [hold, keep] = [askedOf(page, 'Hold'), askedOf(page, 'Keep for longer')]
    await hold.locator('summary').click()
    expect(await isOpen(hold)).toBe(true)
    await keep.locator('summary').click()
    expect([await isOpen(hold), await isOpen(keep)]).toEqual([false, true])
    await context.close()
  })

  it('begins at its first field, and is closed by Escape and by a click elsewhere', async () => {
    const { page, context } = await read(1440)
    await page.goto(`/admin/runs/${ended}`)
    const hold = askedOf(page, 'Hold')
    const summary = hold.locator('summary')
    await summary.focus()
    await page.keyboard.press('Enter')
    const focused = () =>
      page.evaluate<string>('document.activeElement.name ?? document.activeElement.tagName')
    await until(async () => (await focused()) === 'reason', 'the first field')
    await page.keyboard.type('we look at it')
    await page.keyboard.press('Escape')
    expect([await isOpen(hold), await focused()]).toEqual([false, 'SUMMARY'])
    // What was typed is still there.
    await page.keyboard.press('Enter')
    expect(await hold.getByLabel('Reason').inputValue()).toBe('we look at it')
    await hold.locator('.card').click({ position: { x: 5, y: 5 } })
    expect(await isOpen(hold)).toBe(true)
    await page.locator('h1').click()
    expect(await isOpen(hold)).toBe(false)
    expect(takeFaults()).toEqual([])
    await context.close()
  })

  it('is agreed to by a button of another name than the one that asked', async () => {
    const { page, context } = await read(1440)
    for (const path of [`/admin/runs/${running}`, `/admin/runs/${ended}`, '/admin', '/admin/keys']) {
      await page.goto(path)
      const names = await page
        .locator('details.asked')
        .evaluateAll((all) =>
          all.map((one) => ['summary', '.card > button'].map((each) => one.querySelector(each)?.textContent)),
        )
      expect(names.length, path).toBeGreaterThan(0)
      for (const [asks, does] of names) expect(does, path).not.toBe(asks)
    }
    await context.close()
  })
})
