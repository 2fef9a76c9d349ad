import { ulid } from 'ulid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../support/cli.ts'
import { ADMIN_KEY, type ServerProcess, startServerWithDatabase } from '../support/server.ts'
import { takeFaults, useChromium } from './chromium.ts'

/** More than one search goes over, and than a page could hold. */
const LOG_BYTES = 320 * 1024 * 1024
const CHUNK_BYTES = 4 * 1024 * 1024
const LINE = `${'a line among millions of others '.repeat(3)}\n`
const NEEDLE = 'the needle'
const MIDDLE = 'half of it is printed'

/** A log of 320 MB, compressed in one object, as a script sends it. */
async function print({ url, api }: ServerProcess): Promise<string> {
  const { body } = await api.post<{ run: { id: string }; leaseToken: string }>('/v1/runs:start', {
    id: ulid(),
    kind: 'long.winded',
    workerId: 'test:1',
    leaseSeconds: 600,
  })
  const { id } = body.run
  const line = `[2026-01-02T03:04:05.678Z] ${id}: ${LINE}`
  const many = line.repeat(Math.floor(CHUNK_BYTES / line.length))
  const authorized = { authorization: `Bearer ${ADMIN_KEY}`, 'lease-token': body.leaseToken }
  const ends = new Map([
    [LOG_BYTES / 2, MIDDLE],
    [LOG_BYTES, NEEDLE],
  ])
  let sent = 0
  for (let next = CHUNK_BYTES; next <= LOG_BYTES; next += CHUNK_BYTES) {
    const word = ends.get(next)
    const text = word === undefined ? many : `${many.slice(line.length)}${line.replace(LINE, `${word}\n`)}`
    const headers = { ...authorized, 'log-offset': String(sent), 'content-type': 'text/plain' }
    const answer = await fetch(`${url}/v1/runs/${id}/logs`, { method: 'POST', headers, body: text })
    expect(answer.status, await answer.text()).toBe(200)
    sent += text.length
  }
  await api.post(`/v1/runs/${id}:succeed`, { leaseToken: body.leaseToken, exitCode: 0, logBytes: sent })
  await until(
    async () => (await api.get<{ logFile: string | null }>(`/v1/runs/${id}`)).body.logFile,
    'the log as one object',
    120_000,
  )
  return id
}

describe('the log of a run that printed 320 MB', () => {
  const open = useChromium()
  let server: Awaited<ReturnType<typeof startServerWithDatabase>>
  let path: string
  beforeAll(async () => {
    server = await startServerWithDatabase({ LOG_MAX_BYTES: String(2 * LOG_BYTES) })
    path = `/admin/runs/${await print(server)}/log`
  }, 300_000)
  afterAll(() => server.close())

  it('begins with its end, and the browser gets no more than it shows', async () => {
    const { page, context } = await open({ url: server.url, key: ADMIN_KEY })
    let bytes = 0
    page.on('response', async (answer) => {
      bytes += (await answer.body().catch(() => Buffer.alloc(0))).length
    })
    await page.goto(path)
    await page.getByText(NEEDLE, { exact: true }).waitFor()
    const shown = page.locator('[data-lines] .line')
    const before = await shown.count()
    await page.locator('[data-earlier] a').click()
    await until(async () => (await shown.count()) > before, 'earlier lines')
    expect(bytes).toBeLessThan(1_000_000)
    await context.close()
  })

  it('is searched by itself until something is found, and leads to its line', async () => {
    const { page, context } = await open({ url: server.url, key: ADMIN_KEY })
    await page.goto(path)
    await page.getByLabel('Find in the whole log').fill(NEEDLE)
    await page.getByRole('button', { name: 'Find', exact: true }).click()
    await page.locator('#found-lines li').waitFor()
    expect(new URL(page.url()).searchParams.get('searchFrom')).not.toBeNull()
    await page.locator('#found-lines li a').click()
    await page.locator('.line.marked', { hasText: NEEDLE }).waitFor()
    await page.goto(`${path}?q=${MIDDLE}`)
    await page.locator('#found-lines li a').click()
    await page.locator('.line.marked', { hasText: MIDDLE }).waitFor()
    expect(takeFaults()).toEqual([])
    await context.close()
  })

  it('is searched until the reader stops it, and goes on from there', async () => {
    const { page, context } = await open({ url: server.url, key: ADMIN_KEY })
    // Searched on only when the test says so.
    let search = () => {}
    await page.route('**/log?*searchFrom=*', async (route) => {
      await new Promise<void>((resolve) => {
        search = resolve
      })
      await route.continue().catch(() => {})
    })
    await page.goto(`${path}?q=${encodeURIComponent(NEEDLE)}`)
    const stop = page.getByRole('button', { name: 'Stop searching' })
    await stop.focus()
    await page.keyboard.press('Enter')
    const goOn = page.getByRole('link', { name: 'Go on searching' })
    await goOn.waitFor()
    expect(await page.locator(':focus').textContent()).toBe('Go on searching')
    expect(await page.locator('#found-lines li').count()).toBe(0)
    search()
    await page.unroute('**/log?*searchFrom=*')
    await page.keyboard.press('Enter')
    await page.locator('#found-lines li').waitFor()
    await context.close()
  })

  it('is searched a part at a time without scripts', async () => {
    const { page, context } = await open({ url: server.url, key: ADMIN_KEY, scripts: false })
    await page.goto(`${path}?q=${encodeURIComponent(NEEDLE)}`)
    expect(await page.getByRole('button', { name: 'Stop searching' }).count()).toBe(0)
    const goOn = page.getByRole('link', { name: 'Go on searching' })
    while ((await goOn.count()) > 0) await goOn.click()
    expect(await page.locator('#found-lines li').count()).toBe(1)
    await context.close()
  })
})
