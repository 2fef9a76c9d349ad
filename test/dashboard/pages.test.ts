import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { adminPages } from '../../lib/faces/admin/index.ts'
import { ROOT } from '../support/cli.ts'
import { violationsOf } from './axe.ts'
import { takeFaults, useChromium } from './chromium.ts'
import { useWorld, type World } from './world.ts'

const SHOTS = join(ROOT, 'test/dashboard/shots')
/** What answers with something that is no page. */
const NO_PAGES = /\/(log\/(lines|file)|runs\/\{id\}\/(archive|outputs)|export)/

const world = useWorld()
const open = useChromium()
beforeAll(() => mkdir(SHOTS, { recursive: true }))

/** Where each page is that has something of the demo to show. */
async function places({ run, api }: World): Promise<[name: string, path: string][]> {
  const [failed, running, archived, held] = await Promise.all([
    run('state=failed&kind=scrape.prices'),
    run('state=running&kind=scrape.prices'),
    run('storageState=archived'),
    run('sort=createdAt:asc&kind=scrape.prices'),
  ])
  const { body: jobs } = await api.get<{ data: { id: string; name: string }[] }>('/v1/cron-jobs')
  const job = jobs.data.find(({ name }) => name === 'hourly-invoices')
  const { body: executions } = await api.get<{ data: { id: string }[] }>(
    `/v1/cron-jobs/${job?.id}/executions?limit=1`,
  )
  const { body: sweeps } = await api.get<{ data: { id: string }[] }>('/v1/sweeps?kind=delete&limit=1')
  return [
    ['overview', '/admin'],
    ['alerts', '/admin/alerts'],
    ['alerts-none', '/admin/alerts?show=over&type=audit.broken'],
    ['runs', '/admin/runs'],
    ['runs-failed', '/admin/runs?state=failed'],
    ['runs-none', '/admin/runs?q=nothing-is-called-so'],
    ['run-failed', `/admin/runs/${failed}`],
    ['run-running', `/admin/runs/${running}`],
    ['run-log', `/admin/runs/${failed}/log`],
    ['run-log-found', `/admin/runs/${failed}/log?q=page`],
    ['runs-bulk', `/admin/runs/bulk?action=cancel&id=${running}&id=${failed}`],
    ['run-archived', `/admin/runs/${archived}`],
    ['run-held', `/admin/runs/${held}`],
    ['cron', '/admin/cron'],
    ['cron-job', `/admin/cron/${job?.id}`],
    ['cron-edit', `/admin/cron/${job?.id}/edit`],
    ['cron-execution', `/admin/cron/${job?.id}/executions/${executions.data[0]?.id}`],
    ['cron-new', '/admin/cron/new'],
    ['cron-settings', '/admin/cron/settings'],
    ['storage', '/admin/storage'],
    ['sweeps', '/admin/storage/sweeps'],
    ['sweep', `/admin/storage/sweeps/${sweeps.data[0]?.id}`],
    ['policies', '/admin/storage/policies'],
    ['holds', '/admin/storage/holds'],
    ['deleted', '/admin/storage/deleted'],
    ['orphans', '/admin/storage/orphans'],
    ['backups', '/admin/storage/backups'],
    ['audit', '/admin/audit'],
    ['keys', '/admin/keys'],
    ['not-found', '/admin/nothing'],
  ]
}

describe('every page', () => {
  it.each([
    ['light', 1440],
    ['dark', 1440],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    'in %s at %d px: axe finds nothing, nothing but tables scrolls sideways, the console is quiet',
    async (theme, width) => {
      const { url, key } = world()
      const { page, context } = await open({ url, key, theme, width })
      const found: string[] = []
      for (const [name, path] of await places(world())) {
        await page.goto(path)
        await page.locator('main h1').first().waitFor()
        await page.screenshot({ path: join(SHOTS, `${name}-${width}-${theme}.png`), fullPage: true })
        found.push(...(await violationsOf(page)).map((line) => `${name}: ${line}`))
        const wide = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        )
        if (Number(wide) > 0) found.push(`${name}: ${wide} px wider than the window`)
        found.push(...takeFaults().map((fault) => `${name}: ${fault}`))
      }
      await context.close()
      expect(found).toEqual([])
    },
    400_000,
  )

  it('is among those that were looked at', async () => {
    const paths = (await places(world())).map(([, path]) => path.replace(/\?.*/, ''))
    const patterns = adminPages.filter(({ method, path }) => method === 'get' && !NO_PAGES.test(path))
    const missing = patterns.filter(({ path }) => {
      const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`)
      return !paths.some((one) => pattern.test(one))
    })
    expect(missing.map(({ path }) => path)).toEqual([])
  })

  it('can be used by the keyboard alone: what can be clicked is reached by Tab, and is seen to be', async () => {
    const { url, key } = world()
    const { page, context } = await open({ url, key })
    for (const [name, path] of await places(world())) {
      await page.goto(path)
      const reached = await page.evaluate<string[]>(UNREACHABLE)
      expect(reached, name).toEqual([])
    }
    await page.goto('/admin')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('location.hash')).toBe('#main')
    await context.close()
  })
})

/** What can be clicked and not be focused, or has no name. */
const UNREACHABLE = `[...document.querySelectorAll('a, button, summary, input:not([type=hidden]), select, textarea, [onclick]')]
  .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex < 0 || one.matches('a:not([href])'))
  .map((one) => one.outerHTML.slice(0, 120))`
