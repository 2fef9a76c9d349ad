import { ulid } from 'ulid'
import { describe, expect, it } from 'vitest'
import { must } from '../../contracts/harness.ts'
import { type Browser, type Shown, signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { useApp } from '../v1/steps.ts'

const at = useApp()
const EVIL = '<script>alert(1)</script>'

/** The text of a key, where a page shows one. */
const textIn = ({ html }: Shown): string | undefined => /<code id="key-text">([^<]*)</.exec(html)?.[1]

async function idOf(name: string): Promise<string> {
  const { json } = await at().request<{ data: { id: string; name: string }[] }>('GET', '/v1/keys?limit=100')
  return must(json.data.find((key) => key.name === name)).id
}

async function make(
  browser: Browser,
  fields: Record<string, string | string[]> = {},
): Promise<[string, Shown]> {
  const name = unique('key')
  return [name, await browser.post('/admin/keys', { name, scopes: 'runs:read', ...fields })]
}

describe('keys', () => {
  it('are none at first, which is said', async () => {
    expect((await (await signedIn(at())).get('/admin/keys')).text).toContain('There is none yet')
  })

  it('are made with what is said, and their text stands in that one answer and nowhere else', async () => {
    const browser = await signedIn(at())
    const fields = {
      owner: EVIL,
      scopes: ['runs:read', 'runs:work'],
      projectId: 'acme',
      expiresAt: '2999-01-31',
    }
    const [name, made] = await make(browser, fields)
    expect(made.status).toBe(200)
    expect(made.headers.get('cache-control')).toBe('no-store')
    const key = must(textIn(made))
    expect(made.html).toContain('<h2 id="answer" tabindex="-1">')
    expect(made.html).not.toContain(EVIL)
    expect([...browser.cookies.values()].join()).not.toContain(key.slice(-20))
    const id = await idOf(name)
    expect(await at().request('GET', '/v1/runs', { key })).toMatchObject({ status: 200 })
    const { json } = await at().request<{ data: object[] }>('GET', '/v1/keys?limit=1')
    expect(json.data[0]).toMatchObject({
      id,
      name,
      owner: EVIL,
      scopes: ['runs:read', 'runs:work'],
      projectId: 'acme',
      expiresAt: '2999-02-01T00:00:00.000Z',
      createdBy: 'admin',
    })
    const again = await browser.get('/admin/keys')
    expect(again.text).toContain(`${name} ${id}`)
    expect(again.html).not.toContain(key.slice(-20))
    expect(textIn(again)).toBeUndefined()
  })

  it('end with the last day by the reader’s clock', async () => {
    const browser = await signedIn(at())
    browser.cookies.set('runledger_zone', encodeURIComponent('Asia/Tokyo'))
    await make(browser, { expiresAt: '2999-01-31' })
    const { json } = await at().request<{ data: object[] }>('GET', '/v1/keys?limit=1')
    expect(json.data[0]).toMatchObject({ expiresAt: '2999-01-31T15:00:00.000Z' })
  })

  it.each([
    ['name', { name: 'two\nlines' }],
    ['scopes', { scopes: [] }],
    ['projectId', { scopes: 'admin', projectId: 'acme' }],
    ['expiresAt', { expiresAt: '2020-01-01' }],
    ['expiresAt', { expiresAt: 'soon' }],
  ])('are refused with the reason beside %s, and what was typed stays', async (field, fields) => {
    const browser = await signedIn(at())
    const owner = unique('owner')
    const [name, refused] = await make(browser, { owner, ...fields })
    expect(refused.status).toBe(422)
    expect(textIn(refused)).toBeUndefined()
    expect(refused.html).toMatch(/action="\/admin\/keys#answer"/)
    expect(refused.html.match(/id="answer"/g)).toHaveLength(1)
    expect(refused.html).toContain(`value="${owner}"`)
    expect(refused.html).toMatch(new RegExp(`id="(field-)?${field}-problem">[^<]+<`))
    const { text } = await at().request('GET', '/v1/keys?limit=100')
    expect(text).not.toContain(name)
  })

  it('are rotated: the new text is shown once, the old one ends at once', async () => {
    const browser = await signedIn(at())
    const [name, made] = await make(browser)
    const rotated = await browser.post(`/admin/keys/${await idOf(name)}/rotate`)
    const [before, after] = [must(textIn(made)), must(textIn(rotated))]
    expect(after).not.toBe(before)
    expect((await at().request('GET', '/v1/runs', { key: before })).status).toBe(401)
    expect((await at().request('GET', '/v1/runs', { key: after })).status).toBe(200)
  })

  it('are revoked after a question, end their sessions, and are shown as what they are', async () => {
    const browser = await signedIn(at())
    const [name, made] = await make(browser)
    const [id, key] = [await idOf(name), must(textIn(made))]
    const session = await signedIn(at(), key)
    expect((await browser.get('/admin/keys')).text).toContain('The key ends for good, and each session of it')
    expect((await browser.post(`/admin/keys/${id}/revoke`)).text).toContain(`The key ${name} is revoked`)
    const listed = await browser.get('/admin/keys')
    expect(listed.text).toContain(`${name} revoked ${id}`)
    expect(listed.html).not.toContain(`/admin/keys/${id}/rotate`)
    expect((await session.get('/admin')).headers.get('location')).toContain('/admin/sign-in')
    const refused = await browser.send(`/admin/keys/${id}/rotate`)
    expect([refused.status, refused.headers.get('location')]).toEqual([303, '/admin/keys'])
    expect((await browser.get('/admin/keys')).text).toContain(
      `Nothing was done: there is no key ${id} in use`,
    )
  })

  it('are made once, however often the form is sent', async () => {
    const browser = await signedIn(at())
    const once = must(/name="once" value="([^"]+)"/.exec((await browser.get('/admin/keys')).html)?.[1])
    const [name, made] = await make(browser, { once })
    const again = await browser.post('/admin/keys', { name, scopes: 'runs:read', once })
    expect(again.text).toContain(`Nothing was done: the key ${name} is made already`)
    expect(textIn(again)).toBeUndefined()
    expect(again.html.split(`<strong>${name}</strong>`)).toHaveLength(2)
    expect((await at().request('GET', '/v1/runs', { key: must(textIn(made)) })).status).toBe(200)
    const [, other] = await make(browser, { once: must(/name="once" value="([^"]+)"/.exec(made.html)?.[1]) })
    expect(textIn(other)).toBeDefined()
  })

  it('have no id that somebody else than the form chose', async () => {
    const browser = await signedIn(at())
    const id = ulid()
    const [name] = await make(browser, { once: `key:${id}.AAAA` })
    expect(await idOf(name)).not.toBe(id)
    const [other] = await make(browser, { once: await browser.csrf() })
    expect(await idOf(other)).toMatch(/^[0-9A-Z]{26}$/)
  })

  it('are rotated once, however often the form is sent', async () => {
    const browser = await signedIn(at())
    const [name, made] = await make(browser)
    const path = `/admin/keys/${await idOf(name)}/rotate`
    const seenIn = ({ html }: Shown) =>
      must(new RegExp(`${path}".*?name="seen" value="([^"]+)"`, 's').exec(html)?.[1])
    const seen = seenIn(made)
    const rotated = await browser.post(path, { seen })
    const again = await browser.post(path, { seen })
    expect(again.text).toContain(`Nothing was done: the key ${name} has a new text already`)
    expect((await at().request('GET', '/v1/runs', { key: must(textIn(rotated)) })).status).toBe(200)
    expect(textIn(await browser.post(path, { seen: seenIn(rotated) }))).toBeDefined()
  })

  it('are told in the audit with who did it', async () => {
    const browser = await signedIn(at())
    const [name] = await make(browser)
    const id = await idOf(name)
    await browser.post(`/admin/keys/${id}/rotate`)
    await browser.post(`/admin/keys/${id}/revoke`)
    const { text } = await browser.get('/admin/audit')
    for (const action of ['created', 'rotated', 'revoked'])
      expect(text).toContain(`admin key.${action} key ${name}`)
  })

  it('say which one the reader came with', async () => {
    const { key, id } = await at().makeKey({ scopes: ['admin'] })
    const { text } = await (await signedIn(at(), key)).get('/admin/keys')
    expect(text).toContain(`admin you are signed in with it ${id}`)
    expect(text).toContain('You are signed in with this key, and will have to sign in again.')
  })

  it('are for admins', async () => {
    const { key, id } = await at().makeKey({ scopes: ['runs:read', 'runs:write', 'runs:work'] })
    const browser = await signedIn(at(), key)
    expect((await browser.get('/admin/keys')).status).toBe(403)
    for (const path of ['/admin/keys', `/admin/keys/${id}/rotate`, `/admin/keys/${id}/revoke`])
      expect((await browser.send(path, { name: 'x', scopes: 'admin' })).status).toBe(403)
  })
})
