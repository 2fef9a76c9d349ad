import { describe, expect, it } from 'vitest'
import { adminPages } from '../../../lib/faces/admin/index.ts'
import { until } from '../../support/cli.ts'
import { browserOf, signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import type { TestApp } from '../../support/open-app.ts'
import { enqueue, must, useApp } from '../v1/steps.ts'

const SESSION = 'runledger_session'
const at = useApp()

describe('signing in', () => {
  it('asks whoever is not signed in, and goes on to where they were going', async () => {
    const { app, admin } = at()
    const browser = browserOf(app)
    const asked = await browser.get('/admin/runs?state=failed')
    expect([asked.status, asked.headers.get('location')]).toEqual([
      303,
      '/admin/sign-in?next=%2Fadmin%2Fruns%3Fstate%3Dfailed',
    ])
    await browser.get(asked.headers.get('location') ?? '')
    const answer = await browser.send('/admin/sign-in', { key: admin, next: '/admin/runs?state=failed' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/runs?state=failed'])
  })

  it.each([
    'https://elsewhere.example/admin',
    '//elsewhere.example',
    '/v1/runs',
    '/administrator',
    '\\\\x',
    '',
  ])('never goes on to %j', async (next) => {
    const { app, admin } = at()
    const browser = browserOf(app)
    await browser.get('/admin/sign-in')
    const answer = await browser.send('/admin/sign-in', { key: admin, next })
    expect(answer.headers.get('location')).toBe('/admin')
  })

  it('says what is wrong with a key, and never shows it again', async () => {
    const browser = browserOf(at().app)
    await browser.get('/admin/sign-in')
    const answer = await browser.send('/admin/sign-in', { key: 'rl_nobody_has-this-secret-of-all' })
    expect(answer.status).toBe(401)
    expect(answer.text).toContain('the key is not known, has expired or was revoked')
    expect(answer.html).not.toContain('has-this-secret')
    expect(browser.cookies.has(SESSION)).toBe(false)
  })

  it('lets ten a minute try wrong keys from one address, and a right one always', async () => {
    const { app, admin } = await at().another({ env: { RATE_LIMIT_SIGN_IN: '10' } })
    const browser = browserOf(app)
    await browser.get('/admin/sign-in')
    const tries = []
    for (let n = 0; n < 21; n++) tries.push(await browser.send('/admin/sign-in', { key: 'wrong' }))
    const refused = tries.filter(({ status }) => status === 429)
    // A minute may have passed in between.
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]?.text).toContain('more than 10 sign-in requests in this minute')
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await browser.send('/admin/sign-in', { key: admin })).status).toBe(303)
  })

  it('refuses a form that no page of ours made', async () => {
    const { app, admin } = at()
    const browser = browserOf(app)
    await browser.get('/admin/sign-in')
    for (const csrf of ['', 'made-up', `${await browser.csrf()}x`])
      expect((await browser.send('/admin/sign-in', { key: admin, csrf })).status).toBe(403)
    expect(browser.cookies.has(SESSION)).toBe(false)
  })
})

describe('a form that comes too late', () => {
  const HERE = { referer: 'http://localhost/admin/storage/holds?cursor=c' }

  it('of a session that has ended leads back to where it was sent from, and says that nothing was done', async () => {
    const app = at()
    const browser = await signedIn(app)
    browser.cookies.delete(SESSION)
    const asked = await browser.send('/admin/storage/holds/release', { id: 'x' }, HERE)
    const door = asked.headers.get('location') ?? ''
    expect(door).toBe(`/admin/sign-in?next=${encodeURIComponent('/admin/storage/holds?cursor=c')}`)
    const next = /name="next" value="([^"]*)"/.exec((await browser.get(door)).html)?.[1] ?? ''
    const csrf = /name="csrf" value="([^"]*)"/.exec((await browser.get(door)).html)?.[1] ?? ''
    const signed = await browser.send('/admin/sign-in', { key: app.admin, next, csrf })
    expect(signed.headers.get('location')).toBe('/admin/storage/holds?cursor=c')
    expect((await browser.get('/admin')).text).toContain('Nothing was done: your session had ended')
    expect((await browser.get('/admin')).text).not.toContain('Nothing was done')
  })

  it.each([
    'http://elsewhere.example/admin/storage/holds',
    'http://localhost/v1/runs',
    'http://localhost/administrator',
    'nonsense',
    '',
  ])('and was sent from %j leads to the overview', async (referer) => {
    const answer = await at().app.request('/admin/keys', { method: 'POST', headers: { referer } })
    expect(answer.headers.get('location')).toBe('/admin/sign-in?next=%2Fadmin')
    expect(answer.headers.getSetCookie().join()).not.toContain('said')
  })

  it('of a session before this one leads back to its page', async () => {
    const app = at()
    const browser = await signedIn(app)
    const old = await browser.csrf()
    const other = await signedIn(app)
    const answer = await other.send('/admin/storage/holds/release', { id: 'x', csrf: old }, HERE)
    expect(answer.status).toBe(403)
    expect(answer.html).toContain('<a href="/admin/storage/holds?cursor=c">Back to the page, loaded anew</a>')
    const stranger = { referer: 'http://elsewhere.example/admin' }
    expect((await other.send('/admin/keys', { csrf: old }, stranger)).text).not.toContain('Back to the page')
  })
})

describe('a session', () => {
  it('is in a cookie that no script and no other site gets at', async () => {
    const { app, admin } = at()
    const browser = browserOf(app)
    await browser.get('/admin/sign-in')
    const plain = await browser.send('/admin/sign-in', { key: admin })
    const line = (answer: typeof plain) =>
      answer.headers.getSetCookie().find((one) => one.startsWith(`${SESSION}=`)) ?? ''
    expect(line(plain)).toMatch(/; Path=\/admin; HttpOnly; SameSite=Lax$/)
    const overTls = await browser.send('/admin/sign-in', { key: admin }, { 'x-forwarded-proto': 'https' })
    expect(line(overTls)).toMatch(/; HttpOnly; Secure; SameSite=Lax$/)
    expect(line(plain)).not.toContain(admin)
  })

  it('is no key, and a key is no session', async () => {
    const app = at()
    const browser = await signedIn(app)
    const session = browser.cookies.get(SESSION) ?? ''
    expect((await app.request('GET', '/v1/runs', { key: session })).status).toBe(401)
    for (const value of [app.admin, `${app.admin}.${app.admin}`, session.slice(0, -1), `x${session}`]) {
      browser.cookies.set(SESSION, value)
      expect((await browser.get('/admin')).status).toBe(303)
    }
    const bare = await app.app.request('/admin', { headers: { authorization: `Bearer ${app.admin}` } })
    expect(bare.status).toBe(303)
  })

  it.each([
    ['is revoked', async (app: TestApp, id: string) => app.request('POST', `/v1/keys/${id}:revoke`)],
    ['has a new secret', async (app: TestApp, id: string) => app.request('POST', `/v1/keys/${id}:rotate`)],
    [
      'expires',
      async (app: TestApp, id: string) =>
        app.raw(`UPDATE api_keys SET "expiresAt" = now() WHERE id = '${id}'`),
    ],
  ])('ends at the next request when its key %s', async (_, end) => {
    const app = at()
    const { id, key } = await app.makeKey({ scopes: ['runs:read'] })
    const browser = await signedIn(app, key)
    expect((await browser.get('/admin')).status).toBe(200)
    await end(app, id)
    expect((await browser.get('/admin')).status).toBe(303)
    expect(browser.cookies.has(SESSION)).toBe(false)
  })

  it('ends after twelve hours', async () => {
    const app = at()
    const browser = await signedIn(app)
    const later = await app.another({
      wrap: (ports) => ({ ...ports, now: () => ports.now() + 12 * 3_600_000 }),
    })
    const session = browser.cookies.get(SESSION) ?? ''
    const other = browserOf(later.app)
    other.cookies.set(SESSION, session)
    const answer = await other.get('/admin')
    expect([answer.status, (await other.get('/admin/sign-in')).status]).toEqual([303, 200])
  })

  it('is not ended by a request of another site, which comes without it', async () => {
    const { app } = at()
    for (const path of ['/admin/runs', '/admin/sign-in', '/admin/sign-out']) {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await app.request(path, { method: 'POST', headers: type, body: 'csrf=made-up' })
      expect(answer.headers.getSetCookie().filter((line) => line.startsWith(SESSION))).toEqual([])
    }
  })

  it('has forms of its own: what a visit’s form would be for its nonce is none of them', async () => {
    const app = at()
    const browser = await signedIn(app)
    const nonce = must(/([^:]+)\.[^.]+$/.exec(decodeURIComponent(browser.cookies.get(SESSION) ?? ''))?.[1])
    for (const visit of [nonce, `session:${nonce}`]) {
      const stranger = browserOf(app.app)
      stranger.cookies.set('runledger_visit', encodeURIComponent(visit))
      await stranger.get('/admin/sign-in')
      const csrf = await stranger.csrf()
      expect(csrf).toContain(nonce)
      expect((await browser.send('/admin/sign-out', { csrf })).status).toBe(403)
    }
    expect((await browser.send('/admin/sign-out')).status).toBe(303)
  })

  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Etc/GMT+3', 'Etc/GMT+3'],
    ['+01:23', 'UTC'],
    ['-0900', 'UTC'],
    ['Nowhere/Else', 'UTC'],
    ['%', 'UTC'],
  ])('of a reader whose clock is said to be that of %s has that of %s', async (said, zone) => {
    const browser = await signedIn(at())
    browser.cookies.set('runledger_zone', encodeURIComponent(said))
    expect((await browser.get('/admin')).html).toContain(`data-zone="${zone}"`)
  })

  it('ends by signing out', async () => {
    const browser = await signedIn(at())
    const answer = await browser.send('/admin/sign-out')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/admin/sign-in'])
    expect(browser.cookies.has(SESSION)).toBe(false)
  })

  it('ends by that for whoever has a copy of its cookie, and goes on in the other windows of the key', async () => {
    const app = at()
    const { key } = await app.makeKey({ scopes: ['admin'] })
    const [browser, other] = [await signedIn(app, key), await signedIn(app, key)]
    const copy = browserOf(app.app)
    copy.cookies.set(SESSION, browser.cookies.get(SESSION) ?? '')
    expect((await copy.get('/admin')).status).toBe(200)
    await browser.send('/admin/sign-out')
    expect((await copy.get('/admin')).status).toBe(303)
    expect((await copy.get('/admin/live?page=%2Fadmin')).status).toBe(303)
    expect((await other.get('/admin')).status).toBe(200)
  })
})

describe('every page', () => {
  const forms = adminPages.filter(({ method }) => method === 'post')
  const pagesAt = (path: string) =>
    adminPages.filter((page) => page.method === 'get' && page.path === path).map((page) => page.path)
  const filled = (path: string) => path.replaceAll(/\{\w+\}/g, '01K5ZZZZZZZZZZZZZZZZZZZZZZ')

  it.each(adminPages.map(({ method, path }) => [method.toUpperCase(), path]))(
    '%s %s asks who is not signed in',
    async (method, path) => {
      const { app } = at()
      const answer = await app.request(filled(path ?? ''), { method: method ?? 'GET' })
      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toMatch(/^\/admin\/sign-in\?next=/)
    },
  )

  it.each(forms.map(({ path }) => path))('%s, opened as a page, is one or leads to one', async (path) => {
    const browser = await signedIn(at())
    const answer = await browser.get(`${filled(path)}?from=history`)
    if (answer.status !== 303) return expect(pagesAt(path)).toContain(path)
    const to = answer.headers.get('location') ?? ''
    expect(filled(path).startsWith(`${to}/`)).toBe(true)
    expect(adminPages.some(({ method, path: one }) => method === 'get' && filled(one) === to)).toBe(true)
  })

  it.each(forms.map(({ path }) => path))(
    '%s refuses a form without its token, or with another session’s',
    async (path) => {
      const app = at()
      const [browser, other] = [await signedIn(app), await signedIn(app)]
      for (const csrf of ['', 'made-up', await other.csrf()])
        expect((await browser.send(filled(path), { csrf })).status).toBe(403)
    },
  )

  it('lets nothing in but its own files', async () => {
    const browser = await signedIn(at())
    const { headers, html } = await browser.get('/admin')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect(html).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/)
  })

  it('that is not there is an error page of the dashboard', async () => {
    const browser = await signedIn(at())
    const answer = await browser.get('/admin/nothing/<script>alert(1)</script>')
    expect(answer.status).toBe(404)
    expect(answer.html).not.toContain('<script>alert')
    expect(answer.text).toContain('Not found')
  })
})

describe('a live page', () => {
  it('is sent as it stands, and ends with its session', async () => {
    const app = at()
    const { id, key } = await app.makeKey({ scopes: ['runs:read'] })
    const browser = await signedIn(app, key)
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await app.app.request('/admin/live?page=%2Fadmin', { headers: { cookie } })
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    await app.request('POST', `/v1/keys/${id}:revoke`)
    const events = await answer.text()
    expect(events).toMatch(/event: page\n(data: .*\n)*data: .*<h1>Overview<\/h1>/)
    expect(events.trimEnd()).toMatch(/event: over\ndata:$/)
  })

  it('that stays as it is is sent once more as it stands, and says so', async () => {
    const app = at()
    const { id } = await enqueue(app, { projectId: unique('p'), name: 'Nightly' })
    const browser = await signedIn(app)
    await browser.post(`/admin/runs/${id}/cancel`)
    const { status, html } = await browser.get(`/admin/live?page=${encodeURIComponent(`/admin/runs/${id}`)}`)
    expect(status).toBe(200)
    expect(html).toContain('event: title\ndata: Nightly: canceled')
    expect(html).toMatch(/^event: page\n/)
    expect(html.trimEnd()).toMatch(/event: still\ndata:$/)
  })

  it('that is somewhere else by now has nothing to send', async () => {
    const browser = await signedIn(at())
    const page = encodeURIComponent('/admin/runs?kind=')
    expect((await browser.get(`/admin/live?page=${page}`)).status).toBe(204)
  })

  it('is none that does something else than show what may change', async () => {
    const browser = await signedIn(at())
    const { id } = await enqueue(at(), { projectId: unique('p') })
    const others = [
      `/admin/runs/${id}/outputs`,
      `/admin/runs/${id}/archive`,
      '/admin/audit/export',
      '/admin/keys',
    ]
    for (const page of others) {
      const answer = await browser.get(`/admin/live?page=${encodeURIComponent(page)}`)
      expect(answer.status, page).toBe(404)
    }
    const { html } = await browser.get('/admin')
    expect(html).toContain('data-live="/admin/live?page=%2Fadmin"')
  })

  it('that looks after itself leaves what is said to the next one that is loaded', async () => {
    const browser = await signedIn(at())
    await browser.send('/admin/cron/reload')
    const looked = await browser.get('/admin', { 'x-live': '1' })
    expect(looked.text).not.toContain('were read anew')
    expect((await browser.get('/admin/cron')).text).toContain('were read anew')
    expect((await browser.get('/admin/cron')).text).not.toContain('were read anew')
  })

  it('is one of twenty a key, and room for the next when one is closed', async () => {
    const app = at()
    const { key } = await app.makeKey({ scopes: ['runs:read'] })
    const browser = await signedIn(app, key)
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const live = () => app.app.request('/admin/live?page=%2Fadmin', { headers: { cookie } })
    const streams: Response[] = []
    for (let n = 0; n < 20; n++) streams.push(await live())
    expect(streams.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect((await live()).status).toBe(429)
    await streams[0]?.body?.cancel()
    const after = async () => {
      const one = await live()
      if (one.status === 200) streams.push(one)
      return one.status === 200
    }
    await until(after, 'room')
    for (const one of streams) await one.body?.cancel().catch(() => {})
  })

  it('is nothing for who is not signed in, and for a page that is not there', async () => {
    const app = at()
    expect((await app.app.request('/admin/live?page=%2Fadmin')).status).toBe(303)
    const browser = await signedIn(app)
    expect((await browser.get('/admin/live?page=%2Fv1%2Fruns')).status).toBe(404)
    expect((await browser.get('/admin/live?page=http%3A%2F%2Felsewhere%2Fadmin')).status).toBe(404)
  })
})
