import { describe, expect, it } from 'vitest'
import { toInstant, toLocal } from '../../../lib/faces/admin/parts/local-time.ts'
import type { Run } from '../../../lib/run/run.ts'
import { signedIn } from '../../support/dashboard.ts'
import type { TestApp } from '../../support/open-app.ts'
import { must, useApp } from '../v1/steps.ts'

async function enqueued({ request }: TestApp, body: object): Promise<string> {
  return must((await request<Run>('POST', '/v1/runs', { body })).json.id)
}

/** A run that failed with these words. */
async function failed(app: TestApp, body: object, error: string): Promise<string> {
  const id = await enqueued(app, { priority: 3, ...body })
  const asked = { workerId: 'worker-1', limit: 1 }
  const { json } = await app.request<{ data: { leaseToken: string }[] }>('POST', '/v1/runs:claim', {
    body: asked,
  })
  const { leaseToken } = must(json.data[0])
  await app.request('POST', `/v1/runs/${id}:fail`, { body: { leaseToken, error } })
  return id
}

/** The ids of the runs shown, in their order. */
const shown = (html: string) =>
  [...html.matchAll(/<a href="\/admin\/runs\/([0-9A-Z]{26})" title/g)].map(([, id]) => id)

describe('the list of runs', () => {
  const at = useApp()

  it('of a new ledger says how to track a first run', async () => {
    const browser = await signedIn(at())
    for (const query of ['', '?range=all', '?kind=report']) {
      const { text } = await browser.get(`/admin/runs${query}`)
      expect(text).toContain('Nothing has run yet')
      expect(text).toContain('npx runledger exec --kind hello -- echo hello')
      expect(text).not.toContain('Choose a longer time')
    }
  })

  it('shows the newest first, with what they are, how they did and when they are deleted', async () => {
    const app = at()
    const first = await failed(
      app,
      { kind: 'mail.send', name: '<script>alert(1)</script>' },
      'it said <script>alert(2)</script>',
    )
    const second = await enqueued(app, { kind: 'page.scrape', maxAttempts: 3 })
    const { html, text } = await (await signedIn(app)).get('/admin/runs')
    expect(shown(html)).toEqual([second, first])
    expect(text).toContain('<script>alert(1)</script>')
    expect(text).toContain('it said <script>alert(2)</script>')
    expect(html).not.toContain('<script>alert')
    expect(text).toContain('0 of 3')
    expect(text).toMatch(/api admin/)
    expect(text).toMatch(/active deletes in \d+ d\b(?! \d)/)
    expect(text).toContain('All 2')
    expect(text).toContain('queued 1')
    expect(text).toContain('failed 1')
  })

  it.each([
    ['state=failed', ['mail.send']],
    ['kind=page.scrape', ['page.scrape']],
    ['q=page', ['page.scrape']],
    ['label=team%3Ddata', ['labelled']],
    ['storage=archived', []],
    ['range=all&project=-&state=queued&kind=page.scrape', ['page.scrape']],
    ['from=2001-01-01T00%3A00%3A00.000Z&to=2002-01-01T00%3A00%3A00.000Z', []],
  ])('is what its address says: %s', async (query, kinds) => {
    const app = at()
    if (query.startsWith('label')) await enqueued(app, { kind: 'labelled', labels: { team: 'data' } })
    const { html, text, status } = await (await signedIn(app)).get(`/admin/runs?${query}`)
    expect(status, text).toBe(200)
    expect(shown(html)).toHaveLength(kinds.length)
    for (const kind of kinds) expect(text).toContain(kind)
    if (kinds.length === 0) expect(text).toMatch(/No run/)
  })

  it('keeps its address short, and of one meaning wherever it is read', async () => {
    const browser = await signedIn(at())
    const asked = '/admin/runs?q=&kind=mail.send&project=&label=&storage=&from=2026-11-22T13%3A00&to='
    const { status, headers } = await browser.get(asked)
    expect(status).toBe(302)
    expect(headers.get('location')).toBe('/admin/runs?from=2026-11-22T13%3A00%3A00.000Z&kind=mail.send')
  })

  it('says beside the field what cannot be asked, and keeps what was typed', async () => {
    const { status, html, text } = await (await signedIn(at())).get('/admin/runs?kind=no+kind!')
    expect(status).toBe(422)
    expect(html).toMatch(/id="field-kind"[^>]*aria-invalid/)
    expect(html).toContain('value="no kind!"')
    expect(text).toContain('must begin with a letter or digit')
  })

  it('goes on to older ones, and back to the newest', async () => {
    const app = at()
    for (let n = 0; n < 51; n++) await enqueued(app, { kind: 'paged' })
    const browser = await signedIn(app)
    const { html } = await browser.get('/admin/runs?kind=paged')
    expect(shown(html)).toHaveLength(50)
    const next = must(/href="([^"]+)" rel="next"/.exec(html)?.[1]).replaceAll('&amp;', '&')
    const older = await browser.get(next)
    expect(shown(older.html)).toHaveLength(1)
    expect(older.text).toContain('To the newest')
    expect(html).toContain('All 51 runs that match')
    expect(older.html).toContain('All 51 runs that match')
    expect(older.html).not.toContain('data-live')
  })

  it('folds its form on a small screen, but where something is asked for', async () => {
    const browser = await signedIn(at())
    for (const query of ['', '?state=failed'])
      expect((await browser.get(`/admin/runs${query}`)).html).toMatch(/<details class="filter-fold"\s*>/)
    for (const query of ['kind=paged', 'from=2001-01-01T00%3A00%3A00.000Z'])
      expect((await browser.get(`/admin/runs?${query}`)).html).toMatch(/<details class="filter-fold" open/)
  })

  it('says where everything is put away', async () => {
    const app = at()
    const { key } = await app.makeKey({ scopes: ['runs:read', 'runs:write'], projectId: 'put-away' })
    const { json } = await app.request<Run>('POST', '/v1/runs', { key, body: { kind: 'gone' } })
    await app.request('POST', `/v1/runs/${json.id}:cancel`, { body: {} })
    await app.raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${json.id}'`)
    const { text } = await (await signedIn(app, key)).get('/admin/runs?range=all')
    expect(text).toContain('No run has its data in place')
  })

  it('tells how many have come since, and moves no row', async () => {
    const app = at()
    await enqueued(app, { kind: 'live' })
    const browser = await signedIn(app)
    const { html } = await browser.get('/admin/runs?kind=live')
    const live = must(/data-live="\/admin\/live\?page=([^"]+)"/.exec(html)?.[1])
    const page = decodeURIComponent(live)
    expect(page).toContain('seen=')
    expect((await browser.get(page)).text).not.toContain('new run')
    await enqueued(app, { kind: 'another' })
    for (let n = 0; n < 2; n++) await enqueued(app, { kind: 'live' })
    const later = await browser.get(page)
    expect(later.text).toContain('2 new runs')
    expect(later.html).toContain('href="/admin/runs?kind=live"')
    expect(later.html).toContain('<div id="runs" data-keep></div>')
    expect(shown(later.html)).toEqual([])
  })

  it('shows a project its own alone', async () => {
    const app = at()
    const id = await enqueued(app, { kind: 'acme.run', projectId: 'acme' })
    const { key } = await app.makeKey({ scopes: ['runs:read'], projectId: 'acme' })
    const browser = await signedIn(app, key)
    const { html, text } = await browser.get('/admin/runs?range=all')
    expect(shown(html)).toEqual([id])
    expect(text).not.toContain('Project')
    expect(html).not.toContain('type="checkbox"')
    const { status } = await browser.get('/admin/runs?project=globex')
    expect(status).toBe(403)
  })
})

describe('times as readers have them', () => {
  it.each([
    ['2026-11-22T13:00', 'UTC', '2026-11-22T13:00:00.000Z'],
    ['2026-07-01T13:00', 'Europe/Berlin', '2026-07-01T11:00:00.000Z'],
    ['2026-11-22', 'America/New_York', '2026-11-22T05:00:00.000Z'],
    ['2026-11-22T13:00', 'Asia/Kolkata', '2026-11-22T07:30:00.000Z'],
    // The hour that the clock skips, and one after the clocks have changed.
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-10-25T12:00', 'Europe/Berlin', '2026-10-25T11:00:00.000Z'],
    ['2026-11-22T13:00:00+02:00', 'UTC', '2026-11-22T11:00:00.000Z'],
  ])('%s in %s is %s', (text, zone, instant) => {
    expect(toInstant(text, zone)).toBe(instant)
    if (text.length === 16 && !text.includes('-03-29')) expect(toLocal(instant, zone)).toBe(text)
  })

  it('are none where they are none', () => {
    expect(toInstant('soon', 'UTC')).toBeNull()
    expect(toInstant('99999-01-01T00:00', 'UTC')).toBeNull()
  })
})
