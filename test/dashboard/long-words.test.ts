import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_KEY, api as apiOf, startServerWithDatabase } from '../support/server.ts'
import { takeFaults, useChromium } from './chromium.ts'

const NAME = 'n'.repeat(200)
const LONG = {
  kind: `k${'i'.repeat(98)}d`,
  projectId: 'p'.repeat(100),
  name: NAME,
  labels: { ['l'.repeat(63)]: 'v'.repeat(255) },
  workerId: 'w'.repeat(200),
}
const ERROR = 'e'.repeat(3_000)

const open = useChromium()
let server: Awaited<ReturnType<typeof startServerWithDatabase>>
let pages: string[]

beforeAll(async () => {
  server = await startServerWithDatabase()
  const { api, url } = server
  const start = async () => {
    const { body } = await api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', {
      id: ulid(),
      ...LONG,
    })
    return { id: body.run.id, leaseToken: body.leaseToken }
  }
  const print = async ({ id, leaseToken }: Awaited<ReturnType<typeof start>>) => {
    const headers = {
      authorization: `Bearer ${ADMIN_KEY}`,
      'lease-token': leaseToken,
      'log-offset': '0',
      'content-type': 'text/plain',
    }
    const log = { method: 'POST', headers, body: `[2026-01-02T03:04:05.678Z] ${id}: ${ERROR}\n` }
    expect((await fetch(`${url}/v1/runs/${id}/logs`, log)).status).toBe(200)
  }
  const running = await start()
  const failed = await start()
  for (const one of [running, failed]) await print(one)
  const { status } = await api.post(`/v1/runs/${failed.id}:fail`, {
    leaseToken: failed.leaseToken,
    error: ERROR,
    logBytes: ERROR.length,
  })
  expect(status).toBe(200)
  await api.post('/v1/runs', { kind: LONG.kind, name: NAME })
  const key = { name: NAME, owner: 'o'.repeat(200), projectId: LONG.projectId, scopes: ['runs:write'] }
  const made = await api.post<{ key: string }>('/v1/keys', key)
  expect(made.status).toBe(201)
  const other = apiOf(url, made.body.key)
  expect((await other.post('/v1/runs', { kind: LONG.kind })).status).toBe(201)
  expect((await api.post(`/v1/runs/${failed.id}:hold`, { reason: 'r'.repeat(500) })).status).toBe(200)
  pages = [
    '/admin',
    '/admin/runs',
    `/admin/runs?kind=${LONG.kind}&project=${LONG.projectId}`,
    `/admin/runs/${failed.id}`,
    `/admin/runs/${running.id}`,
    `/admin/runs/${failed.id}/log`,
    `/admin/runs/${failed.id}/log?q=eeee`,
    `/admin/runs/bulk?action=cancel&id=${running.id}`,
    '/admin/storage',
    '/admin/storage/holds',
    '/admin/audit',
    '/admin/keys',
  ]
}, 180_000)
afterAll(() => server.close())

describe('words as long as they may be', () => {
  it.each([360, 1440])(
    'make no page wider than a window of %d px, and none lies over another',
    async (width) => {
      const { page, context } = await open({ url: server.url, key: ADMIN_KEY, width })
      const found: string[] = []
      for (const path of pages) {
        await page.goto(path)
        await page.locator('main h1').first().waitFor()
        const wide = await page.evaluate('document.documentElement.scrollWidth')
        if (wide !== width) found.push(`${path}: ${wide} px`)
        found.push(...(await page.evaluate<string[]>(OUTSIDE)).map((one) => `${path}: ${one}`))
      }
      expect(found).toEqual([])
      expect(takeFaults()).toEqual([])
      await context.close()
    },
  )

  it('leave the columns of the runs in sight at 1440 px', async () => {
    const { page, context } = await open({ url: server.url, key: ADMIN_KEY })
    await page.goto('/admin/runs')
    const list = page.getByRole('group', { name: 'Runs, newest first' })
    expect(await list.evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0)
    await context.close()
  })
})

/** Cells, headings and values that what they say reaches out of, though nothing there scrolls. */
const OUTSIDE = `[...document.querySelectorAll('h1, h2, dd, td, .crumbs, .panel-head, .attention li, .running li > *')]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline')
  // An error in the list of runs goes on below the columns beside it, which have one line.
  .filter((one) => one.querySelector(':scope > .what + .under.bad') === null)
  .filter((one) => getComputedStyle(one).overflowX === 'visible' && one.querySelector('.unseen, .scroll, .asked') === null)
  .map((one) => one.outerHTML.slice(0, 160))`
