import { describe, expect, it } from 'vitest'
import { sinceWords } from '../../../lib/faces/admin/overview/since-words.ts'
import type { Reader } from '../../../lib/faces/admin/reader.ts'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { createCronJob } from '../../../lib/ledger/cron/create-cron-job.ts'
import { putCronSettings } from '../../../lib/ledger/cron/cron-settings.ts'
import type { Claimed } from '../../../lib/ledger/runs/claim-runs.ts'
import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Context } from '../../../lib/ports/context.ts'
import { signedIn } from '../../support/dashboard.ts'
import type { TestApp } from '../../support/open-app.ts'
import { must, useApp } from '../v1/steps.ts'

const systemOf = ({ ports }: TestApp): Context => ({ ...ports, actor: SYSTEM, requestId: ports.newId() })

/** So many runs of a kind in a worker's hands. */
async function working({ request }: TestApp, body: object): Promise<Claimed> {
  await request('POST', '/v1/runs', { body })
  const asked = { workerId: 'worker-1', limit: 1, leaseSeconds: 3_600 }
  const { json } = await request<{ data: Claimed[] }>('POST', '/v1/runs:claim', { body: asked })
  return must(json.data[0])
}

describe('the overview of a new ledger', () => {
  const at = useApp()

  it('says how to track a first run', async () => {
    const browser = await signedIn(at())
    const { html, text } = await browser.get('/admin')
    expect(text).toContain('Nothing has run yet')
    expect(text).toContain('npx runledger exec --kind hello -- echo hello')
    expect(html).toContain('<title>Overview · Runledger</title>')
    expect(html).not.toContain('id="attention"')
  })
})

describe('the overview', () => {
  const at = useApp()

  it('shows what runs, what waits, and how runs ended, and names the failures in the title', async () => {
    const app = at()
    const failed = await working(app, { kind: 'mail.send' })
    const end = { leaseToken: failed.leaseToken, error: 'no luck' }
    await app.request('POST', `/v1/runs/${failed.run.id}:fail`, { body: end })
    const done = await working(app, { kind: 'mail.send' })
    await app.request('POST', `/v1/runs/${done.run.id}:succeed`, { body: { leaseToken: done.leaseToken } })
    const { run, leaseToken } = await working(app, { kind: 'page.scrape', name: '<script>alert(1)</script>' })
    const beat = { leaseToken, progress: 37, message: 'page 37 <b>of</b> 100' }
    await app.request('POST', `/v1/runs/${run.id}:heartbeat`, { body: beat })
    await app.request('POST', '/v1/runs', { body: { kind: 'report.daily' } })
    await app.raw('DELETE FROM maintenance')

    const browser = await signedIn(app)
    const { html, text } = await browser.get('/admin')
    expect(html).toContain('<title>1 failed · Overview · Runledger</title>')
    expect(text).toContain('Success rate 50 %')
    expect(text).toMatch(/Median [\d.]+ (ms|s) of their durations p95/)
    expect(text).toMatch(/Succeeded 1 ended since \d\d:00 yesterday/)
    const linked = must(/href="(\/admin\/runs\?state=succeeded[^"]+)"/.exec(html)?.[1]).replaceAll(
      '&amp;',
      '&',
    )
    expect(linked).toMatch(/&from=[\d-]+T\d\d%3A00%3A00\.000Z&storage=all$/)
    expect((await browser.get(linked)).text).toContain('succeeded 1')
    expect(text).toContain('page.scrape')
    expect(text).toContain('<script>alert(1)</script>')
    expect(text).toContain('37 % · page 37 <b>of</b> 100')
    expect(html).not.toContain('<script>alert')
    expect(html).toContain('data-chart="bars"')
    expect(text).toMatch(/report\.daily 1 1 [\d.]+ (ms|s)/)
    expect(text).toContain('The next 24 hours of cron')
    expect(html).toContain(`id="running-${run.id}"`)
    expect(html).toContain('data-live="/admin/live?page=%2Fadmin"')
  })

  it('tells the window of failures that come while it is open', async () => {
    const app = at()
    const browser = await signedIn(app)
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const live = await app.app.request('/admin/live?page=%2Fadmin', { headers: { cookie } })
    const reader = must(live.body).pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain('event: page')
    const { run, leaseToken } = await working(app, { kind: 'mail.send' })
    await app.request('POST', `/v1/runs/${run.id}:fail`, { body: { leaseToken, error: 'no luck' } })
    await app.raw('DELETE FROM maintenance')
    // What the page waits for is its next turn.
    app.ports.signals.emit('nothing')
    let sent = ''
    while (!sent.includes('data: 2 failed · Overview')) sent += must((await reader.read()).value)
    await reader.cancel()
    expect(sent).toContain('event: title')
  })

  it('asks a run to stop by a form, by the name of who did it', async () => {
    const app = at()
    const { run } = await working(app, { kind: 'page.scrape' })
    const browser = await signedIn(app)
    const fields = { action: 'cancel', id: run.id, back: '/admin', reason: 'too slow' }
    const { text } = await browser.post('/admin/runs/bulk', fields)
    expect(text).toContain('asked to stop')
    expect(text).toContain('Overview')
    const { json } = await app.request<{ data: { type: string; actor: string; data: object }[] }>(
      'GET',
      `/v1/runs/${run.id}/events`,
    )
    expect(json.data.at(-1)).toMatchObject({
      type: 'run.cancel_requested',
      actor: 'admin',
      data: { reason: 'too slow' },
    })
  })

  it('names what needs somebody, each with a link to where that is seen to', async () => {
    const app = at()
    const system = systemOf(app)
    const message = 'the delete sweep would delete <script>alert(2)</script> runs'
    const sweepId = app.ports.newId()
    await openAlert(system, { key: 'a', type: 'sweep.needs_approval', message, data: { sweepId } })
    await openAlert(system, { key: 'b', type: 'storage.full', message: 'storage is at 91 %', data: {} })
    await openAlert(system, { key: 'c', type: 'channel.failing', message: 'mail cannot be sent', data: {} })
    const broken = await createCronJob(system, {
      name: 'broken-job',
      schedule: '$' + '{NO_SUCH_SCHEDULE}',
      action: { type: 'enqueue', kind: 'report' },
    })
    const stalled = await working(app, { kind: 'page.scrape' })
    await app.raw(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 s' WHERE id = '${stalled.run.id}'`)

    const { html, text } = await (await signedIn(app)).get('/admin')
    expect(html).toContain(`href="/admin/storage/sweeps/${sweepId}"`)
    expect(text).toContain(`The delete sweep would delete <script>alert(2)</script> runs The sweep`)
    expect(html).not.toContain('<script>alert')
    expect(html).toMatch(/href="\/admin\/storage"[^>]*>\s*<span class="words">Storage is at 91 %/)
    expect(text).toContain('Mail cannot be sent')
    expect(text).toContain('Cron job broken-job does not run')
    expect(html).toContain(`href="/admin/cron/${broken.id}"`)
    expect(text).toContain('1 running run stalled')
    const items = [...html.matchAll(/<li id="(?:attention|alert|cron)-/g)]
    expect(items).toHaveLength(5)
    expect(html).toMatch(/<title>\(5\) \d+ failed · Overview · Runledger<\/title>/)
    expect(text).not.toContain('At least')
  })

  it('says that cron is paused, since when and by whom, and what becomes of what is due', async () => {
    const app = at()
    const system = systemOf(app)
    const browser = await signedIn(app)
    await putCronSettings(system, { paused: true })
    const { html, text } = await browser.get('/admin')
    expect(text).toContain('Cron is paused by system: no job is fired by its schedule')
    expect(html).toMatch(/<li id="cron-paused">\s*<a class="item " href="\/admin\/cron\/settings"/)
    expect(text).toMatch(
      /Paused since \d+ \w+ [\d:]+ by system: while it is, these times are recorded as skipped/,
    )
    await putCronSettings(system, { paused: false })
    expect((await browser.get('/admin')).text).not.toContain('paused')
  })

  it('shows a project its own alone, and nothing of cron or alerts', async () => {
    const app = at()
    const { key } = await app.makeKey({ scopes: ['runs:read'], projectId: 'acme' })
    await app.request('POST', '/v1/runs', { body: { kind: 'acme.only', projectId: 'acme' } })
    const { text } = await (await signedIn(app, key)).get('/admin')
    expect(text).toContain('acme.only')
    expect(text).not.toContain('report.daily')
    expect(text).not.toContain('page.scrape')
    expect(text).not.toContain('cron')
    expect(text).not.toContain('storage is at')
    expect(text).not.toContain('Cancel')
  })
})

describe('the hour that is counted from', () => {
  const reader = (now: string, zone: string): Reader => ({
    actor: SYSTEM,
    csrf: '',
    theme: 'system',
    now: Date.parse(now),
    zone,
  })

  it.each([
    ['2026-11-22T18:59:00Z', 'UTC', '2026-11-21T18:00:00.000Z', 'since 18:00 yesterday'],
    ['2026-11-22T18:59:00Z', 'Asia/Kolkata', '2026-11-21T18:00:00.000Z', 'since 23:30 on 21 Nov'],
    ['2026-01-01T00:10:00Z', 'UTC', '2025-12-31T00:00:00.000Z', 'since 00:00 yesterday'],
    // A day of 25 hours.
    ['2026-10-25T22:30:00Z', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', 'since 00:00 today'],
  ])('at %s in %s is %s: %s', (now, zone, at, words) => {
    expect(sinceWords(reader(now, zone), at)).toBe(words)
  })
})

describe('the overview of many runs at work', () => {
  const at = useApp()

  it('says that at least so many are stalled where it has not looked at all of them', async () => {
    const app = at()
    for (let n = 0; n < 11; n++) await working(app, { kind: 'page.scrape' })
    await app.raw(`UPDATE runs SET "leaseExpiresAt" = now() - interval '1 s'`)
    await app.raw('DELETE FROM maintenance')
    const { text } = await (await signedIn(app)).get('/admin')
    expect(text).toContain('At least 10 running runs stalled')
  })
})
