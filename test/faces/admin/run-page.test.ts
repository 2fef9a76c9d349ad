import { describe, expect, it } from 'vitest'
import { archiveRun } from '../../../lib/ledger/archives/archive-run.ts'
import { restoreRun } from '../../../lib/ledger/archives/restore-run.ts'
import { signedIn } from '../../support/dashboard.ts'
import { unique } from '../../support/make.ts'
import { sendOutput } from '../v1/output-steps.ts'
import { enqueue, eventsOf, eventTypes, getRun, loseLease, must, useApp } from '../v1/steps.ts'
import { ledgerOf } from './cron-steps.ts'
import { end, HOSTILE, print, startRun } from './run-steps.ts'

const at = useApp()
const pathOf = (id: string) => `/admin/runs/${id}`

describe('the page of a run', () => {
  it('says first how it ended and why, and what to do', async () => {
    const app = at()
    const held = await startRun(app, { kind: unique('pull'), name: 'Nightly' })
    await end(app, held, 'fail', { error: `no route to the host\nat line 3 ${HOSTILE}`, exitCode: 7 })
    const { status, text, html } = await (await signedIn(app)).get(pathOf(held.run.id))
    expect(status).toBe(200)
    expect(text).toContain('Failed: it reported an error no route to the host at line 3')
    expect(text).toContain('Read what it printed last, then retry it.')
    expect(text).toContain('Exit code 7')
    expect(html).not.toContain(HOSTILE)
    expect(html).not.toContain('data-live')
  })

  it('says how often its kind has failed in a row, and when it last did not', async () => {
    const app = at()
    const kind = unique('kind')
    const projectId = unique('p')
    const ended = async (verb: 'succeed' | 'fail', name: string) => {
      const held = await startRun(app, { kind, projectId, name })
      await end(app, held, verb, verb === 'fail' ? { error: 'x' } : {})
      return held.run.id
    }
    await ended('fail', 'long ago')
    await ended('succeed', 'the good one')
    await ended('fail', 'first')
    const id = await ended('fail', 'second')
    const { text } = await (await signedIn(app)).get(pathOf(id))
    expect(text).toContain(`2 failures of ${kind} in a row ; the last that succeeded: the good one`)
  })

  it('says how often the same error came, in between others, and in no other project', async () => {
    const app = at()
    const kind = unique('kind')
    const projectId = unique('p')
    const failed = async (error: string, of = projectId) => {
      const held = await startRun(app, { kind, projectId: of })
      await end(app, held, 'fail', { error })
      return held.run.id
    }
    const rare = await failed('the disk is full')
    for (const line of [1, 2]) await failed(`no route to <b>host</b>\nat line ${line}`)
    await failed('no route to <b>host</b>', unique('other'))
    const id = await failed('\u001b[31mno route to <b>host</b>\u001b[0m')
    const browser = await signedIn(app)
    const { text, html } = await browser.get(pathOf(id))
    expect(text).toContain(`The same error 3 times in 7 days: all failures of ${kind}`)
    expect(html).toContain(`href="/admin/runs?range=7d&amp;state=failed&amp;kind=${kind}"`)
    expect((await browser.get(pathOf(rare))).text).not.toContain('The same error')
  })

  it('says of one that was lost what to look after', async () => {
    const app = at()
    const held = await startRun(app)
    await loseLease(app, held.run.id)
    const { text } = await (await signedIn(app)).get(pathOf(held.run.id))
    expect(text).toContain('Failed: its worker fell silent')
    expect(text).toContain('See whether its machine is up')
  })

  it('is live while it goes on, with its progress, and shows no log to who has it already', async () => {
    const app = at()
    const held = await startRun(app)
    await app.request('POST', `/v1/runs/${held.run.id}:heartbeat`, {
      body: { leaseToken: held.leaseToken, progress: 40, message: `half ${HOSTILE}` },
    })
    await print(app, held, ['the first line'])
    const browser = await signedIn(app)
    const { html, text } = await browser.get(pathOf(held.run.id))
    expect(html).toContain(`data-live="/admin/live?page=%2Fadmin%2Fruns%2F${held.run.id}"`)
    expect(text).toContain('Running, 40 % done')
    expect(text).toContain('the first line')
    expect(html).not.toContain(HOSTILE)
    const aborted = new AbortController()
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const live = await app.app.request(`/admin/live?page=${encodeURIComponent(pathOf(held.run.id))}`, {
      headers: { cookie },
      signal: aborted.signal,
    })
    const reader = must(live.body).pipeThrough(new TextDecoderStream()).getReader()
    let seen = ''
    while (!seen.includes('id="lifecycle"')) seen += must((await reader.read()).value)
    expect(seen).toContain('40 % done')
    expect(seen).not.toContain('the first line')
    aborted.abort()
    await reader.cancel()
  })

  it('tells what happened, a page at a time, in words', async () => {
    const app = at()
    const held = await startRun(app)
    await app.raw(
      `INSERT INTO run_events ("runId", type, actor, at, data) SELECT '${held.run.id}', 'run.progress', '${HOSTILE}', now(), jsonb_build_object('progress', n, 'message', 'step ' || n) FROM generate_series(1, 60) n`,
    )
    const browser = await signedIn(app)
    const first = await browser.get(pathOf(held.run.id))
    expect(first.text).toContain('queued by admin')
    expect(first.text).toContain('started on worker-1 by worker-1')
    expect(first.text).toContain('10 % step 10')
    expect(first.text).not.toContain('60 % step 60')
    expect(first.html).not.toContain(HOSTILE)
    const next = must(/href="(\/admin\/runs\/[^"]+events=\d+)#timeline"/.exec(first.html)?.[1])
    const second = await browser.get(next.replaceAll('&amp;', '&'))
    expect(second.text).toContain('60 % step 60')
    expect(second.text).not.toContain('10 % step 10')
  })

  it('shows what it was given, never more than was kept', async () => {
    const app = at()
    const { id } = await enqueue(app, {
      input: { customer: HOSTILE, db: { $secret: 'db' } },
      labels: { team: HOSTILE },
    })
    const { html, text } = await (await signedIn(app)).get(pathOf(id))
    expect(text).toContain('"$secret": "db"')
    expect(text).toContain(`"customer": "${HOSTILE.replaceAll('"', '\\"')}"`)
    expect(html).not.toContain(HOSTILE)
    expect(text).toContain('runledger worker --kinds test.run --exec …')
  })

  it('leads to the runs of its project', async () => {
    const app = at()
    const { run } = await startRun(app)
    const other = await startRun(app)
    const browser = await signedIn(app)
    const { html } = await browser.get(pathOf(run.id))
    const list = must(new RegExp(`href="([^"]+)">${run.projectId}</a>`).exec(html)?.[1])
    const found = await browser.get(list)
    expect(found.html).toContain(run.id)
    expect(found.html).not.toContain(other.run.id)
  })

  it('shows strangers of its project no files of it while it is being restored', async () => {
    const app = at()
    const held = await startRun(app)
    for (const path of ['rows.csv', 'more.csv', 'most.csv']) await sendOutput(app, held, path)
    await end(app, held, 'succeed', {})
    const ctx = ledgerOf(app)
    const { id, projectId } = held.run
    await archiveRun(ctx, { id })
    expect((await restoreRun(ctx, { id }, { budgetMs: 0 })).storageState).toBe('restoring')
    const { key } = await app.makeKey({ scopes: ['runs:read'], projectId })
    const stranger = await signedIn(app, key)
    expect((await stranger.get('/admin/runs')).html).toContain(id)
    const { status, html, text } = await stranger.get(pathOf(id))
    expect(status).toBe(200)
    expect(text).toContain(`what is archived of run ${id} is for admin, who made it, and for admins`)
    expect(html).not.toContain('rows.csv')
    expect(html).not.toContain(`href="${pathOf(id)}/outputs"`)
    expect((await stranger.get(`${pathOf(id)}/outputs/rows.csv`)).status).toBe(403)
    expect((await (await signedIn(app)).get(pathOf(id))).html).toContain('rows.csv')
  })

  it('is not found by strangers, and shows who may not write no button', async () => {
    const app = at()
    const { run } = await startRun(app)
    const key = async (projectId: string | null) =>
      signedIn(app, (await app.makeKey({ scopes: ['runs:read'], projectId })).key)
    expect((await (await key(unique('other'))).get(pathOf(run.id))).status).toBe(404)
    const { html, text } = await (await key(run.projectId)).get(pathOf(run.id))
    expect(html).not.toContain(`method="post" action="${pathOf(run.id)}/`)
    expect(text).not.toContain('by the configuration')
  })
})

describe('the files of a run', () => {
  it('are listed with their sizes and hashes, and always saved, never shown', async () => {
    const app = at()
    const held = await startRun(app)
    const path = `reports/<b> & ü.html`
    const { sha256 } = await sendOutput(app, held, path, HOSTILE)
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const { html, text } = await browser.get(pathOf(held.run.id))
    expect(text).toContain(path)
    expect(html).toContain(`title="${must(sha256)}"`)
    expect(text).toContain('27 B')
    const link = must(/href="(\/admin\/runs\/[^"]+\/outputs\/[^"]+)"/.exec(html)?.[1])
    const answer = await browser.get(link)
    expect(answer.status).toBe(302)
    const file = await app.app.request(must(answer.headers.get('location')))
    expect(await file.text()).toBe(HOSTILE)
    expect(file.headers.get('content-disposition')).toMatch(/^attachment/)
  })

  it('are saved from the archive too, and all of them as a tar', async () => {
    const app = at()
    const held = await startRun(app)
    await sendOutput(app, held, 'a.html', HOSTILE)
    await print(app, held, ['archived words'])
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const shown = await browser.post(`${pathOf(held.run.id)}/archive`)
    expect(shown.text).toContain('The run is archived.')
    expect((await getRun(app, held.run.id)).storageState).toBe('archived')
    expect(shown.text).toContain('archived words')
    const file = await browser.get(`${pathOf(held.run.id)}/outputs/a.html`)
    expect([file.status, file.html]).toEqual([200, HOSTILE])
    expect(file.headers.get('content-disposition')).toMatch(/^attachment/)
    expect(file.headers.get('content-type')).toBe('application/octet-stream')
    const tar = await browser.get(`${pathOf(held.run.id)}/outputs`)
    expect(tar.headers.get('content-disposition')).toMatch(/^attachment; filename=".+\.tar"$/)
    expect((await browser.get(`${pathOf(held.run.id)}/archive`)).status).toBe(302)
    const back = await browser.post(`${pathOf(held.run.id)}/restore`)
    expect(back.text).toContain('The run is restored.')
    expect((await getRun(app, held.run.id)).storageState).toBe('active')
  })
})

describe('what can be done to a run', () => {
  it('canceled by its page, it says so, with who and why', async () => {
    const app = at()
    const { id } = await enqueue(app, { projectId: unique('p') })
    const browser = await signedIn(app)
    const shown = await browser.post(`${pathOf(id)}/cancel`, { reason: `no need ${HOSTILE}` })
    expect(shown.text).toContain('The run is canceled.')
    expect((await eventsOf(app, id)).at(-1)).toMatchObject({
      type: 'run.canceled',
      actor: 'admin',
      data: { reason: `no need ${HOSTILE}` },
    })
    expect(shown.html).not.toContain(HOSTILE)
    const again = await browser.post(`${pathOf(id)}/retry`)
    expect(again.text).toContain('The run is queued again.')
    expect((await getRun(app, id)).state).toBe('queued')
  })

  it('asked to stop while it runs, it says that its worker is told', async () => {
    const app = at()
    const held = await startRun(app)
    const shown = await (await signedIn(app)).post(`${pathOf(held.run.id)}/cancel`)
    expect(shown.text).toContain('The run is asked to stop.')
    expect(shown.text).toContain('Asked to stop')
    expect(await eventTypes(app, held.run.id)).toContain('run.cancel_requested')
  })

  it('refused, it says why on its own page', async () => {
    const app = at()
    const held = await startRun(app)
    await end(app, held, 'succeed', {})
    const shown = await (await signedIn(app)).post(`${pathOf(held.run.id)}/cancel`)
    expect(shown.status).toBe(409)
    expect(shown.text).toContain('has already succeeded')
    expect(shown.html).not.toContain('data-live')
  })

  it('held, released and kept for longer, each is said of it and by whom', async () => {
    const app = at()
    const held = await startRun(app)
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    browser.cookies.set('runledger_zone', encodeURIComponent('Asia/Tokyo'))
    const shown = await browser.post(`${pathOf(held.run.id)}/hold`, {
      reason: `the audit ${HOSTILE}`,
      until: '2035-03-01T09:00',
    })
    expect(shown.text).toContain('The run is held.')
    expect(shown.text).toContain('Held by admin')
    expect(shown.text).toContain('1 Mar 2035 09:00:00')
    expect(shown.html).not.toContain(HOSTILE)
    expect((await getRun(app, held.run.id)).holdUntil).toBe('2035-03-01T00:00:00.000Z')
    const free = await browser.post(`${pathOf(held.run.id)}/release`, { reason: 'it is over' })
    expect(free.text).toContain('The run is released.')
    expect(free.text).toContain('1 earlier hold')
    const kept = await browser.post(`${pathOf(held.run.id)}/retain`, {
      reason: 'why not',
      until: '2036-01-01T00:00',
    })
    expect(kept.text).toContain('The run is kept for longer.')
    expect(kept.text).toContain('somebody asked to keep it until 1 Jan 2036 00:00:00')
    expect((await eventTypes(app, held.run.id)).slice(-3)).toEqual([
      'run.held',
      'run.released',
      'run.retained',
    ])
  })

  it('held until a time by the clock of the page it was asked on, whatever the reader’s is by now', async () => {
    const app = at()
    const held = await startRun(app)
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const form = await browser.get(pathOf(held.run.id))
    expect(form.html).toContain('name="zone" value="UTC"')
    browser.cookies.set('runledger_zone', encodeURIComponent('Asia/Tokyo'))
    const asked = { reason: 'x', until: '2035-03-01T09:00' }
    const until = async (zone: string) => {
      await browser.post(`${pathOf(held.run.id)}/hold`, { ...asked, zone })
      return (await getRun(app, held.run.id)).holdUntil
    }
    expect(await until('UTC')).toBe('2035-03-01T09:00:00.000Z')
    expect(await until('America/New_York')).toBe('2035-03-01T14:00:00.000Z')
    expect(await until('+01:23')).toBe('2035-03-01T09:00:00.000Z')
    const refused = await browser.post(`${pathOf(held.run.id)}/retain`, { until: asked.until, zone: 'UTC' })
    expect(refused.status).toBe(422)
    expect(refused.html).toMatch(/<form[^>]*asked-again.*name="zone" value="UTC"/s)
  })

  it('asked for in a way that is not valid, the form is there again with what was typed', async () => {
    const app = at()
    const held = await startRun(app)
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const shown = await browser.post(`${pathOf(held.run.id)}/hold`, {
      reason: 'because',
      until: '2001-01-01T00:00',
    })
    expect(shown.status).toBe(422)
    expect(shown.text).toContain('must lie ahead')
    expect(shown.html).toContain('value="because"')
    expect(shown.html).toContain('aria-invalid="true"')
    const unasked = await browser.post(`${pathOf(held.run.id)}/hold`)
    expect(unasked.status).toBe(422)
    expect(await eventTypes(app, held.run.id)).not.toContain('run.held')
    const ids = [...shown.html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(ids).toEqual([...new Set(ids)])
  })

  it('deleted softly, it can be restored; for good, it is gone', async () => {
    const app = at()
    const held = await startRun(app)
    await print(app, held, ['words'])
    await end(app, held, 'succeed', {})
    const browser = await signedIn(app)
    const path = pathOf(held.run.id)
    expect((await browser.post(`${path}/delete`, { reason: '', mode: 'soft' })).status).toBe(422)
    expect((await browser.post(`${path}/delete`, { reason: 'x', mode: 'odd' })).status).toBe(422)
    const soft = await browser.post(`${path}/delete`, { reason: 'tidy', mode: 'soft' })
    expect(soft.text).toContain('it can be restored until its grace is over')
    expect(soft.text).toContain('It was deleted.')
    // Before how it ended.
    expect(soft.text).toMatch(
      /Deleted \d+ \w+ [\d:]+ by admin tidy It can be restored until \d+ .*? then it is gone for good\. Restore .*Succeeded/,
    )
    expect(soft.text.match(/Gone for good/g)).toHaveLength(1)
    expect(soft.text).toContain('Restore the run')
    expect(soft.html.match(/action="[^"]+\/restore"/g)).toHaveLength(1)
    expect((await browser.post(`${path}/restore`)).text).toContain('The run is restored.')
    const answer = await browser.send(`${path}/delete`, { reason: 'tidy', mode: 'hard' })
    expect(answer.headers.get('location')).toBe('/admin/runs')
    expect((await browser.get(path)).status).toBe(404)
  })

  it('is refused without the scope, by the verb', async () => {
    const app = at()
    const { run } = await startRun(app)
    const { key } = await app.makeKey({ scopes: ['runs:read'], projectId: run.projectId })
    const reader = await signedIn(app, key)
    for (const action of ['cancel', 'retry', 'archive', 'restore', 'hold', 'release', 'retain', 'delete'])
      expect((await reader.send(`${pathOf(run.id)}/${action}`, { reason: 'x' })).status, action).toBe(403)
    expect((await getRun(app, run.id)).cancelRequestedAt).toBeNull()
  })
})

describe('the lifecycle of a run', () => {
  it('says when it is archived and deleted, by which rule', async () => {
    const app = at()
    const held = await startRun(app)
    await sendOutput(app, held, 'a.txt')
    await end(app, held, 'succeed', {})
    const { text } = await (await signedIn(app)).get(pathOf(held.run.id))
    expect(text).toMatch(
      /Archived \d+ \w+ [\d: ]+in 6 d 23 h it is archived 7 days after it finished, by the configuration/,
    )
    expect(text).toMatch(/Deleted \d+ \w+ .* it is deleted 30 days after it finished/)
    expect(text).toContain('The policy of this run')
  })
})
