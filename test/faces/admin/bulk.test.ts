import { describe, expect, it } from 'vitest'
import type { Run } from '../../../lib/run/run.ts'
import { until } from '../../support/cli.ts'
import { signedIn } from '../../support/dashboard.ts'
import type { TestApp } from '../../support/open-app.ts'
import { must, useApp } from '../v1/steps.ts'

async function enqueued({ request }: TestApp, kind = 'mail.send'): Promise<string> {
  return must((await request<Run>('POST', '/v1/runs', { body: { kind } })).json.id)
}

async function canceled(app: TestApp): Promise<string> {
  const id = await enqueued(app)
  await app.request('POST', `/v1/runs/${id}:cancel`, { body: {} })
  return id
}

const stateOf = async ({ request }: TestApp, id: string) => (await request<Run>('GET', `/v1/runs/${id}`)).json

const preview = (action: string, ids: string[], back = '/admin/runs?state=queued') =>
  `/admin/runs/bulk?${new URLSearchParams([['action', action], ['back', back], ...ids.map((id): [string, string] => ['id', id])])}`

describe('what is done to many runs', () => {
  const at = useApp()

  it('is shown before it is done: to how many it happens, to which not, and why', async () => {
    const app = at()
    const [first, second, done] = [await enqueued(app), await enqueued(app), await canceled(app)]
    const browser = await signedIn(app)
    const { html, text, status } = await browser.get(preview('cancel', [first, second, done]))
    expect(status).toBe(200)
    expect(text).toContain('Cancel 3 runs?')
    expect(text).toContain('2 runs will be canceled')
    expect(text).toContain('1 run will not.')
    expect(text).toContain('it is canceled already')
    expect(html).toContain('href="/admin/runs?state=queued"')
    expect(html.match(/type="hidden" name="id"/g)).toHaveLength(2)
    expect((await stateOf(app, first)).state).toBe('queued')
  })

  it('is told of each run afterwards, with an event by the name of who did it', async () => {
    const app = at()
    const [first, second, done] = [await enqueued(app), await enqueued(app), await canceled(app)]
    const browser = await signedIn(app)
    const gone = app.ports.newId()
    const fields = { action: 'retry', id: [first, done, gone], reason: 'the mail server is back' }
    const { status, text } = await browser.send('/admin/runs/bulk', fields)
    expect(status).toBe(200)
    expect(text).toContain('Retry: 1 done, 2 refused')
    expect(text).toContain('3 of 3 runs seen to')
    expect(text).toContain('back in the queue')
    expect(text).toContain('it is queued; only a failed or canceled run can be retried')
    expect(text).toContain(`there is no run ${gone}`)
    expect((await stateOf(app, done)).state).toBe('queued')
    expect((await stateOf(app, second)).state).toBe('queued')
    const { json } = await app.request<{ data: object[] }>('GET', `/v1/runs/${done}/events`)
    expect(json.data.at(-1)).toMatchObject({
      type: 'run.retried',
      actor: 'admin',
      data: { reason: 'the mail server is back' },
    })
  })

  it('asks again for a reason where one has to be given, and keeps what was ticked', async () => {
    const app = at()
    const id = await canceled(app)
    const browser = await signedIn(app)
    const { status, html, text } = await browser.send('/admin/runs/bulk', { action: 'delete', id })
    expect(status).toBe(422)
    expect(text).toContain('must say why')
    expect(html).toContain(`value="${id}"`)
    expect((await stateOf(app, id)).storageState).toBe('active')
    const { text: said } = await browser.post('/admin/runs/bulk', {
      action: 'delete',
      id,
      reason: 'a test',
      back: '/admin',
    })
    expect(said).toContain('deleted')
    const after = await app.request<Run>('GET', `/v1/runs/${id}`)
    expect(after.status === 404 || after.json.storageState === 'deleted').toBe(true)
  })

  it('holds what is ticked, and says so in the list', async () => {
    const app = at()
    const ids = [await canceled(app), await canceled(app)]
    const browser = await signedIn(app)
    const { text } = await browser.send('/admin/runs/bulk', { action: 'hold', id: ids, reason: 'evidence' })
    expect(text).toContain('Hold: 2 done')
    expect((await browser.get('/admin/runs?state=canceled')).text).toContain('held')
  })

  it('is done to all that match, also those on other pages, and to none that comes later', async () => {
    const app = at()
    const kind = 'bulk.match'
    const ids: string[] = []
    for (let n = 0; n < 53; n++) ids.push(await enqueued(app, kind))
    await app.request('POST', `/v1/runs/${ids[0]}:cancel`, { body: {} })
    await enqueued(app, 'bulk.other')
    const browser = await signedIn(app)
    const { html } = await browser.get(`/admin/runs?kind=${kind}`)
    expect(html).toContain('All 53 runs that match')
    const form = must(/<details class="all-matching".*?<\/form>/s.exec(html)?.[0])
    const asked = new URLSearchParams({ action: 'cancel' })
    for (const [, name, value] of form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g))
      asked.set(must(name), must(value).replaceAll('&amp;', '&'))
    expect(asked.get('from')).toMatch(/Z$/)
    expect(asked.get('to')).toMatch(/Z$/)
    const later = await enqueued(app, kind)

    const shown = await browser.get(`/admin/runs/bulk?${asked}`)
    expect(shown.text).toContain('Cancel 53 runs?')
    expect(shown.text).toContain('52 runs will be canceled')
    expect(shown.text).toContain('it is canceled already')
    expect(shown.text).toContain('The first 50 are shown, 2 others not.')
    expect(shown.text).toContain('These are all that match')
    expect(shown.html).toContain('class="danger"')
    const ticked = [...shown.html.matchAll(/type="hidden" name="id" value="(\w+)"/g)].map(([, id]) =>
      must(id),
    )
    expect(ticked.toSorted()).toEqual(ids.slice(1).toSorted())

    const { text } = await browser.send('/admin/runs/bulk', { action: 'cancel', id: ticked })
    expect(text).toContain('Cancel: 52 done')
    expect((await stateOf(app, must(ids[40]))).state).toBe('canceled')
    expect((await stateOf(app, later)).state).toBe('queued')
    expect((await browser.get(`/admin/runs/bulk?${asked}&state=running`)).text).toContain(
      'No run is like that any more',
    )
  })

  it('tells times as its reader has them', async () => {
    const app = at()
    const browser = await signedIn(app)
    const ids = [await canceled(app), await canceled(app)]
    const { text } = await browser.send('/admin/runs/bulk', { action: 'delete', id: ids, reason: 'a test' })
    expect(text).toMatch(/it can be restored until \d+ \w+/)
    const one = await browser.post('/admin/runs/bulk', {
      action: 'delete',
      id: await canceled(app),
      reason: 'a test',
    })
    expect(one.text).toMatch(/it can be restored until \d+ \w+/)
    for (const words of [text, one.text]) expect(words).not.toMatch(/\dT\d\d:/)
  })

  it('goes on with what was left', async () => {
    const limited = await at().another({ env: { RATE_LIMIT_CANCEL: '1' } })
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write'] })
    const browser = await signedIn(limited, key)
    const cancel = async () => {
      const ids = [await enqueued(at()), await enqueued(at())]
      return await browser.send('/admin/runs/bulk', { action: 'cancel', id: ids })
    }
    expect((await cancel()).text).toContain('Cancel: 2 done')
    // A minute may have passed in between.
    const { text, html } = await until(async () => {
      const answer = await cancel()
      return answer.text.includes('left') ? answer : null
    }, 'a bulk that is one too many in its minute')
    expect(text).toContain('Cancel: 0 done, 2 left')
    expect(text).toContain('Go on with the 2 runs left')
    expect(html).toContain('<progress')
  })

  it.each([
    ['nothing ticked', '/admin/runs/bulk?action=cancel'],
    ['no action', preview('', ['01M80G6Z8QJ3T5V7X9B1D3F5H7'])],
    ['an action there is none of', preview('explode', ['01M80G6Z8QJ3T5V7X9B1D3F5H7'])],
  ])('needs something to be done: %s', async (_, path) => {
    const { status, text } = await (await signedIn(at())).get(path)
    expect(status).toBe(422)
    expect(text).toContain('Nothing is ticked')
  })

  it('leads back to the list alone, wherever it is asked to', async () => {
    const browser = await signedIn(at())
    const { html } = await browser.get(
      preview('cancel', [await enqueued(at())], 'https://elsewhere.example/admin/runs'),
    )
    expect(html).not.toContain('elsewhere')
  })

  it('leads back to the list where the way back could not stand in a header', async () => {
    const browser = await signedIn(at())
    for (const back of [
      '/admin/runs?a=1\r\nX-Odd: 1',
      '/admin/runs?a=1\nb',
      '/admin/runs?kind=ł',
      '/admin/runs?\0',
    ]) {
      const id = await enqueued(at())
      const { status, headers } = await browser.send('/admin/runs/bulk', { action: 'cancel', id, back })
      expect([status, headers.get('location')]).toEqual([303, '/admin/runs'])
      expect((await stateOf(at(), id)).state).toBe('canceled')
    }
  })

  it('says of a single one that it was refused', async () => {
    const id = await canceled(at())
    await at().request('POST', `/v1/runs/${id}:retry`, { body: {} })
    const browser = await signedIn(at())
    const { text } = await browser.post('/admin/runs/bulk', { action: 'retry', id })
    expect(text).toContain(`Refused: run …${id.slice(-8)}: `)
    const { text: done } = await browser.post('/admin/runs/bulk', { action: 'cancel', id })
    expect(done).toContain(`Run …${id.slice(-8)}: canceled`)
  })

  it('says what is wrong also where nothing is asked for', async () => {
    const browser = await signedIn(at())
    const reason = 'x'.repeat(501)
    for (const action of ['archive', 'retry']) {
      const id = await enqueued(at())
      const { status, html } = await browser.send('/admin/runs/bulk', { action, id, reason })
      expect(status).toBe(422)
      expect(html).toMatch(/<p class="problem" role="alert">[^<]*reason/)
    }
  })

  it('is refused without the token of the session, and to those who may only read', async () => {
    const app = at()
    const id = await enqueued(app)
    const browser = await signedIn(app)
    expect((await browser.send('/admin/runs/bulk', { action: 'cancel', id, csrf: 'forged' })).status).toBe(
      403,
    )
    const { key } = await app.makeKey({ scopes: ['runs:read'] })
    const reader = await signedIn(app, key)
    expect((await reader.get(preview('cancel', [id]))).status).toBe(403)
    expect((await reader.send('/admin/runs/bulk', { action: 'cancel', id })).status).toBe(403)
    expect((await stateOf(app, id)).state).toBe('queued')
  })
})
