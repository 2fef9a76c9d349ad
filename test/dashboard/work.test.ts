import type { Page } from 'playwright-core'
import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reader, signedInAgain, takeFaults, useChromium } from './chromium.ts'
import { useWorld } from './world.ts'

/** What somebody does in a morning, in a real browser, each thing after the other at one window. */
const world = useWorld()
const open = useChromium()
let reader: Reader
let page: Page

beforeAll(async () => {
  reader = await open(world())
  page = reader.page
})
afterAll(() => reader.context.close())

/** Opens what asks, fills it in, and does it. */
async function ask(name: string, fields: Record<string, string> = {}): Promise<void> {
  const asked = page
    .locator('details.asked', { has: page.locator('summary', { hasText: new RegExp(`^\\s*${name}`) }) })
    .first()
  await asked.locator('summary').click()
  for (const [label, value] of Object.entries(fields)) await asked.getByLabel(label).fill(value)
  await asked.getByRole('button', { name }).click()
  await page.waitForLoadState('load')
}

const main = () => page.locator('main')

/** The times that a chart of runs leads to, by the links of its table. */
async function stepsOf(page: Page): Promise<URLSearchParams[]> {
  const links = page.locator('figure[data-zoom] tbody th a')
  const all = await links.evaluateAll((found) => found.map((link) => link.getAttribute('href') ?? ''))
  return all.map((href) => new URL(href, world().url).searchParams)
}

/** Where the page's first chart is drawn, and the height at which a hand drags over it. */
async function drawn(page: Page): Promise<{ left: number; top: number; width: number }> {
  const over = page.locator('figure.chart .u-over').first()
  await over.scrollIntoViewIfNeeded()
  const { x, y, width, height } = (await over.boundingBox()) ?? expect.fail('a chart')
  return { left: x, top: y + height / 2, width }
}

describe('somebody', () => {
  it('finds a run that failed by its kind and time, and reads its error and its log', async () => {
    await page.goto('/admin/runs')
    await page.getByLabel('Kind', { exact: true }).fill('warehouse.stock')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.getByRole('link', { name: /^failed/ }).click()
    await page.getByRole('link', { name: '24 h' }).click()
    expect(new URL(page.url()).searchParams.get('kind')).toBe('warehouse.stock')
    expect(new URL(page.url()).searchParams.get('state')).toBe('failed')
    await main().locator('table a[href^="/admin/runs/"]').first().click()
    await main().getByRole('heading', { name: 'warehouse.stock', level: 1 }).waitFor()
    await main().getByText('Error: the warehouse is being counted').first().waitFor()
    expect(await main().getByRole('region', { name: 'Log' }).first().textContent()).toContain(
      'reading 3 warehouses',
    )
  })

  it('drags over a time in the chart, and sees the runs created in it alone', async () => {
    await page.goto('/admin/runs?range=24h&state=succeeded')
    const steps = await stepsOf(page)
    const { left, top, width } = await drawn(page)
    const middle = (n: number) => left + ((n + 0.5) / steps.length) * width
    await page.mouse.move(middle(3), top)
    await page.mouse.down()
    await page.mouse.move(middle(11), top, { steps: 5 })
    await page.mouse.up()
    await page.waitForURL(/from=/)
    const { searchParams: asked } = new URL(page.url())
    const [since, before] = [steps[3]?.get('from') ?? '', steps[11]?.get('to') ?? '']
    expect(Object.fromEntries(asked)).toEqual({ from: since, to: before, state: 'succeeded' })
    const { body } = await world().api.get<{ data: { id: string }[] }>(
      `/v1/runs?state=succeeded&limit=50&since=${since}&before=${before}`,
    )
    expect(body.data.length).toBeGreaterThan(0)
    const rows = main().locator('#runs tbody a[href^="/admin/runs/"].mono')
    expect(await rows.evaluateAll((all) => all.map((one) => one.getAttribute('href')))).toEqual(
      body.data.map(({ id }) => `/admin/runs/${id}`),
    )
    await page.getByRole('link', { name: 'Back to the last 24 hours' }).click()
    await page.waitForURL(/\/admin\/runs\?state=succeeded$/)
  })

  it('chooses a time of the chart by the keyboard, too', async () => {
    await page.goto('/admin/runs')
    const [first] = await stepsOf(page)
    await page.locator('figure[data-zoom] summary').focus()
    for (const key of ['Enter', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key)
    await page.waitForURL(/from=/)
    expect(new URL(page.url()).searchParams.get('from')).toBe(first?.get('from'))
  })

  it('chooses nothing in a chart that leads nowhere', async () => {
    // Nothing comes that would draw it anew meanwhile.
    await page.route('**/admin/live?**', () => {})
    await page.goto('/admin')
    const { left, top, width } = await drawn(page)
    await page.mouse.move(left + width / 4, top)
    await page.mouse.down()
    await page.mouse.move(left + width / 2, top, { steps: 5 })
    expect(await page.locator('figure.chart .u-select').boundingBox()).toMatchObject({ width: 0 })
    await page.mouse.up()
    expect(new URL(page.url()).pathname).toBe('/admin')
    await page.unroute('**/admin/live?**')
  })

  it('watches what a run prints, until it ends', async () => {
    const { api } = world()
    const { body: started } = await api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', {
      id: ulid(),
      kind: 'watched',
      workerId: 'test:1',
    })
    const { id } = started.run
    let offset = 0
    const print = async (text: string) => {
      const line = `[${new Date().toISOString()}] ${id}: ${text}\n`
      const headers = {
        authorization: `Bearer ${world().key}`,
        'lease-token': started.leaseToken,
        'log-offset': String(offset),
        'content-type': 'text/plain',
      }
      const answer = await fetch(`${world().url}/v1/runs/${id}/logs`, { method: 'POST', headers, body: line })
      expect(answer.status).toBe(200)
      offset += Buffer.byteLength(line)
    }
    await print('first')
    await page.goto(`/admin/runs/${id}`)
    await main().getByText('first', { exact: true }).waitFor()
    for (const word of ['\u001b[32msecond\u001b[0m', '<script>alert(1)</script>', 'third']) await print(word)
    await main().getByText('third', { exact: true }).waitFor()
    await main().getByText('<script>alert(1)</script>', { exact: true }).waitFor()
    await api.post(`/v1/runs/${id}:succeed`, {
      leaseToken: started.leaseToken,
      exitCode: 0,
      logBytes: offset,
    })
    await main().locator('.state.succeeded').first().waitFor()
    expect(await page.title()).toContain('succeeded')
  })

  it('cancels one that runs, and sees it stop', async () => {
    const id = await world().run('state=running&kind=etl.orders')
    await page.goto(`/admin/runs/${id}`)
    await ask('Cancel')
    await main().locator('.state.canceled').first().waitFor()
  })

  it('lets a cron job run now, and sees its execution', async () => {
    await page.goto('/admin/cron')
    await page.getByRole('button', { name: 'Run now daily-storage-sample' }).click()
    await main().getByText('completed').first().waitFor()
  })

  it('changes a schedule, and sees the next five times before', async () => {
    await page.goto('/admin/cron')
    await page.getByRole('link', { name: 'stock-levels', exact: true }).click()
    await page.getByRole('link', { name: 'Edit' }).first().click()
    await page.getByLabel('Schedule').fill('61 * * * *')
    await page.getByRole('button', { name: 'Show the next five times' }).click()
    await main().locator('.problem').first().waitFor()
    await page.getByLabel('Schedule').fill('15 3 * * *')
    await page.getByLabel('Time zone').fill('America/New_York')
    await page.getByRole('button', { name: 'Show the next five times' }).click()
    const times = page.getByRole('table', { name: 'Next times' })
    await times.waitFor()
    expect(await times.locator('tbody tr').count()).toBe(5)
    expect(await times.locator('thead th').allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringContaining('America/New_York'),
        expect.stringContaining('Europe/Berlin'),
        expect.stringContaining('UTC'),
      ]),
    )
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await main().getByText('At 03:15').first().waitFor()
  })

  it('simulates a policy, and sees what would go', async () => {
    await page.goto('/admin/storage/policies')
    await page.getByLabel('Delete after of rule 1').fill('0')
    await page.getByRole('button', { name: 'Simulate' }).click()
    await main()
      .getByRole('heading', { name: /would|simul/i })
      .first()
      .waitFor()
    // Nothing is in force that nobody saved.
    const { body } = await world().api.get<{ revision: number }>('/v1/retention/policies')
    expect(body.revision).toBe(1)
  })

  it('holds a run, which is not deleted then; releases, archives and restores it', async () => {
    const id = await world().run('state=succeeded&kind=scrape.prices&storageState=active')
    await page.goto(`/admin/runs/${id}`)
    await ask('Hold', { Reason: 'we look at it' })
    await main().getByText('we look at it').first().waitFor()
    expect(await main().locator('summary', { hasText: 'Delete' }).count()).toBe(0)
    await ask('Release')
    await ask('Archive')
    await main().locator('.storage.archived').first().waitFor()
    expect(await main().getByRole('region', { name: 'Log' }).first().textContent()).toContain('14 pages')
    await ask('Restore')
    await main().locator('.storage.active').first().waitFor()
  })

  it('lets a held sweep through', async () => {
    await page.goto('/admin')
    await page.getByRole('link', { name: /would delete 1200 runs/ }).click()
    await page.getByLabel('Reason').fill('mails need not be kept')
    await page.getByRole('button', { name: 'Let these runs be deleted' }).click()
    await main().getByRole('heading', { name: 'It was let through' }).waitFor()
    expect(await main().textContent()).toContain('mails need not be kept')
  })

  it('makes a key, signs in with it elsewhere, and ends it', async () => {
    await page.goto('/admin/keys')
    await page.getByLabel('Name').fill('<b>for a look</b>')
    await page.getByRole('button', { name: 'Make the key' }).click()
    const text = page.getByText(/^rl_[0-9A-Z]{26}_/).first()
    await text.waitFor()
    const other = await signedInAgain(reader, (await text.textContent()) ?? '')
    expect(
      await other.page.getByRole('navigation', { name: 'Dashboard' }).getByRole('link').allTextContents(),
    ).toEqual(['Overview', 'Runs'])
    await page.goto('/admin/keys')
    await ask('Revoke')
    await main()
      .getByText(/revoked/)
      .first()
      .waitFor()
    await other.page.goto('/admin/runs')
    expect(new URL(other.page.url()).pathname).toBe('/admin/sign-in')
    await other.context.close()
  })

  it('signs out, and nothing is behind the back button', async () => {
    await page.goto('/admin/keys')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goBack()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.goto('/admin')
    expect(new URL(page.url()).pathname).toBe('/admin/sign-in')
  })

  it('has met no error on the way', () => {
    expect(takeFaults()).toEqual([])
  })
})
