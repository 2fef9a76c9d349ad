import { describe, expect, it } from 'vitest'
import { useChromium } from './chromium.ts'
import { useWorld } from './world.ts'

const world = useWorld()
const open = useChromium()

describe('without scripts', () => {
  it('one signs in, finds a run by the lists, reads it, cancels it, and lets a cron job run', async () => {
    const { page, context } = await open({ ...world(), scripts: false })
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await page.getByLabel('Kind', { exact: true }).fill('etl.orders')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('link', { name: /^running/ }).click()
    await page.locator('main table a[href^="/admin/runs/"]').first().click()
    await page.getByText('orders_daily').or(page.getByText('extract')).first().waitFor()
    await page.locator('summary', { hasText: 'Cancel' }).click()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('.state.asked-to-stop, .state.canceled').first().waitFor()
    await expect
      .poll(
        async () => {
          await page.reload()
          return await page.locator('.state.canceled').count()
        },
        { timeout: 30_000 },
      )
      .toBeGreaterThan(0)

    await page.getByRole('link', { name: 'Cron', exact: true }).first().click()
    await page.getByRole('button', { name: 'Run now daily-cleanup-2am' }).click()
    await page
      .getByText(/daily-cleanup-2am/)
      .first()
      .waitFor()
    await context.close()
  })

  it('a run of the past that is held until it is released says so', async () => {
    const { page, context } = await open({ ...world(), scripts: false })
    await page.goto('/admin/storage/holds')
    const text = await page.locator('main tbody').textContent()
    expect(text).toContain('it is released')
    expect(text).not.toContain('9999')
    await context.close()
  })

  it('each chart is its table', async () => {
    const { page, context } = await open({ ...world(), scripts: false })
    await page.locator('figure.chart table').first().waitFor()
    expect(await page.locator('figure.chart tbody tr').count()).toBeGreaterThan(20)
    await context.close()
  })
})
