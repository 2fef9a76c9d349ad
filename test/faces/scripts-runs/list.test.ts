import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import type { Answer } from '../../support/open-app.ts'
import { claim, enqueue, enqueueMany, getRun, must, report, startOne, useApp } from '../v1/steps.ts'
import { given, idsOf, type RunRowOf, refused, rowsOf } from './steps.ts'

const at = useApp()

const cameAt = (id: string, instant: string) =>
  at().raw(`UPDATE runs SET "createdAt" = '${instant}' WHERE id = '${id}'`)

const scriptOf = async (id: string) => (await getRun(at(), id)).scriptId

/** Runs of a script of their own, the newest first, and its number. */
async function ofOneScript(count: number) {
  const kind = unique('script')
  const runs = await enqueueMany(
    at(),
    Array.from({ length: count }, () => ({ kind })),
  )
  for (const [n, { id }] of runs.entries()) await cameAt(id, `2026-03-${String(10 + n)}T12:00:00.000Z`)
  return { ids: runs.map(({ id }) => id).toReversed(), scriptId: await scriptOf(must(runs[0]).id) }
}

describe('GET /scripts/runs', () => {
  it('gives rows as source 000 has them, from the first wait to the end', async () => {
    const [projectId, kind] = [unique('p'), unique('script')]
    const { run, leaseToken } = await startOne(at(), { projectId, kind })
    const query = `scriptId=${run.scriptId}`
    const row = {
      id: run.id,
      scriptId: run.scriptId,
      startTime: run.startedAt,
      endTime: null,
      status: 'running',
      progress: 0,
      logFile: null,
      pid: null,
      error: null,
    }
    expect(await rowsOf(at(), query)).toEqual([row])
    await report(at(), run.id, 'heartbeat', { leaseToken, progress: 40 })
    expect(await rowsOf(at(), query)).toEqual([{ ...row, progress: 40 }])
    await report(at(), run.id, 'fail', { leaseToken, error: 'no network' })
    const [ended] = await rowsOf(at(), query)
    expect(ended).toEqual({
      ...row,
      progress: 40,
      status: 'failed',
      error: 'no network',
      endTime: expect.stringMatching(/Z$/),
    })
    expect(await given(at(), 'GET', `/scripts/runs/${run.id}`)).toEqual(ended)
  })

  it('tells every status, and of what was canceled that it failed', async () => {
    const kind = unique('script')
    const ids: string[] = []
    for (const end of [null, 'cancel', 'work', 'succeed', 'fail']) {
      const { id } = await enqueue(at(), { kind })
      ids.push(id)
      if (end === null || end === 'cancel') {
        if (end) await report(at(), id, 'cancel', { reason: 'not today' })
        else await at().raw(`UPDATE runs SET "runAt" = now() + interval '1 day' WHERE id = '${id}'`)
        continue
      }
      const [claimed] = await claim(at(), { kinds: [kind] })
      const { leaseToken } = must(claimed)
      if (end !== 'work')
        await report(at(), id, end, { leaseToken, ...(end === 'fail' ? { error: 'no' } : {}) })
    }
    const [waiting, canceled, running, succeeded, failed] = ids
    const rows = await rowsOf(at(), 'limit=5')
    expect(Object.fromEntries(rows.map(({ id, status, error }) => [id, [status, error]]))).toEqual({
      [must(waiting)]: ['pending', null],
      [must(canceled)]: ['failed', 'canceled'],
      [must(running)]: ['running', null],
      [must(succeeded)]: ['completed', null],
      [must(failed)]: ['failed', 'no'],
    })
    const scriptId = must(rows[0]).scriptId
    const withStatus = (status: string) => idsOf(at(), `scriptId=${scriptId}&status=${status}`)
    expect(await withStatus('pending')).toEqual([waiting])
    expect(await withStatus('running')).toEqual([running])
    expect(await withStatus('completed')).toEqual([succeeded])
    expect(await withStatus('failed')).toEqual([failed, canceled])
  })

  it('goes page by page, and its links lead through all of them', async () => {
    const { ids, scriptId } = await ofOneScript(5)
    const seen: string[][] = []
    for (let path: string | undefined = `/scripts/runs?scriptId=${scriptId}&limit=2`; path !== undefined; ) {
      const { json, headers }: Answer<RunRowOf[]> = await at().request<RunRowOf[]>('GET', path)
      seen.push(json.map(({ id }) => id))
      path = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
    }
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)])
    expect(await idsOf(at(), `scriptId=${scriptId}&limit=2&page=2`)).toEqual(ids.slice(2, 4))
    expect(await idsOf(at(), `scriptId=${scriptId}&limit=2&page=4`)).toEqual([])
    const { headers } = await at().request('GET', `/scripts/runs?scriptId=${scriptId}&limit=2&page=3`)
    expect(headers.get('link')).toBe(`</scripts/runs?scriptId=${scriptId}&limit=2&page=2>; rel="prev"`)
  })

  it('reaches the first 10,000 by number, and says how to reach the rest', async () => {
    expect((await at().request('GET', '/scripts/runs?page=101&limit=100')).status).toBe(200)
    const { status, error, details } = await refused(at(), 'GET', '/scripts/runs?page=102&limit=100')
    expect([status, error]).toEqual([400, expect.stringContaining('narrower range of dates')])
    expect(details).toMatchObject([{ path: 'page' }])
  })

  it('goes by dates, of which the last counts whole, and by instants', async () => {
    const { ids, scriptId } = await ofOneScript(4)
    const [d13, d12, d11, d10] = ids
    const between = (query: string) => idsOf(at(), `scriptId=${scriptId}&${query}`)
    expect(await between('startDate=2026-03-12')).toEqual([d13, d12])
    expect(await between('endDate=2026-03-11')).toEqual([d11, d10])
    expect(await between('startDate=2026-03-11&endDate=2026-03-11')).toEqual([d11])
    expect(await between('startDate=2026-03-11T12:00:00Z&endDate=2026-03-12T12:00:00.000Z')).toEqual([
      d12,
      d11,
    ])
    expect(await between('startDate=2026-03-11T12:00:00.001Z')).toEqual([d13, d12])
    expect(await between('endDate=2026-03-11T11:59:59')).toEqual([d10])
    expect(await between('startDate=2026-03-12T13:00:00%2B01:00')).toEqual([d13, d12])
    expect(await between('startDate=&endDate=&status=')).toEqual(ids)
    expect(await between('endDate=9999-12-31&more=whatever')).toEqual(ids)
  })

  it.each([
    ['startDate=yesterday', 'startDate'],
    ['startDate=2026-02-30', 'startDate'],
    ['endDate=1767225600', 'endDate'],
    ['startDate=2026-03-12&endDate=2026-03-11', 'startDate'],
    ['status=canceled', 'status'],
    ['scriptId=abc', 'scriptId'],
    ['scriptId=1.5', 'scriptId'],
    ['page=0', 'page'],
    ['limit=101', 'limit'],
  ])('refuses %s, naming it', async (query, path) => {
    const { status, details } = await refused(at(), 'GET', `/scripts/runs?${query}`)
    expect([status, details]).toEqual([400, [{ path, message: expect.any(String) }]])
  })

  it('knows no script by a number that none has', async () => {
    expect(await rowsOf(at(), 'scriptId=2000000000')).toEqual([])
  })

  it('leaves out what is deleted, and not what is archived', async () => {
    const { ids, scriptId } = await ofOneScript(3)
    await at().raw(`UPDATE runs SET "storageState" = 'archived' WHERE id = '${ids[0]}'`)
    await at().raw(`UPDATE runs SET "storageState" = 'deleted' WHERE id = '${ids[1]}'`)
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([ids[0], ids[2]])
  })

  it('fits a page of large runs into one answer, and skips none', async () => {
    const kind = unique('large')
    const runs = await enqueueMany(
      at(),
      Array.from({ length: 12 }, () => ({ kind, input: { text: 'x'.repeat(250_000) } })),
    )
    await at().raw(`UPDATE runs SET error = repeat('e', 16000), state = 'failed', "startedAt" = now(),
      "finishedAt" = now() WHERE kind = '${kind}'`)
    const scriptId = await scriptOf(must(runs[0]).id)
    const rows = await rowsOf(at(), `scriptId=${scriptId}&limit=100`)
    expect(rows).toHaveLength(12)
    expect(must(must(rows[0]).error).length).toBeLessThan(2_100)
    const one = await given<RunRowOf>(at(), 'GET', `/scripts/runs/${must(rows[0]).id}`)
    expect(must(one.error)).toHaveLength(16_000)
  })

  it('shows a project’s key its own alone', async () => {
    const [mine, kind] = [unique('mine'), unique('script')]
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: mine })
    const own = await enqueue(at(), { projectId: mine, kind })
    const theirs = await enqueue(at(), { kind })
    expect(await idsOf(at(), '', { key })).toEqual([own.id])
    expect(await rowsOf(at(), `scriptId=${theirs.scriptId}`, { key })).toEqual([])
    const { status, error } = await refused(at(), 'GET', `/scripts/runs/${theirs.id}`, { key })
    expect([status, error]).toEqual([404, `there is no run ${theirs.id}`])
  })
})

describe('GET /scripts/runs/:id', () => {
  it.each(['01KBQK6M3V8Z5W0X2Y4A6C8E9G', '123', 'nothing', '..%2F..%2Fetc%2Fpasswd', '%2e%2e%5c', 'a%00b'])(
    'finds no run %s',
    async (id) => {
      const { status, error } = await refused(at(), 'GET', `/scripts/runs/${id}`)
      expect([status, error]).toEqual([404, expect.stringContaining('there is no run')])
    },
  )

  it('says in the face’s own words what goes wrong: paths and methods', async () => {
    expect(await refused(at(), 'GET', '/scripts/runs/a/b')).toMatchObject({ status: 404 })
    const { status, headers } = await at().request('PUT', '/scripts/runs')
    expect([status, headers.get('allow')]).toEqual([405, expect.stringContaining('GET')])
  })
})

describe('what is archived', () => {
  /** A run with a log that somebody made, archived. */
  async function archivedRun(key: string) {
    const kind = unique('script')
    const { id } = await enqueue(at(), { kind }, { key })
    const { projectId, scriptId } = await getRun(at(), id)
    const { leaseToken } = must((await claim(at(), { kinds: [kind], projectId }))[0])
    const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
    await at().request('POST', `/v1/runs/${id}/logs`, { raw: 'one\ntwo\n', headers })
    await report(at(), id, 'succeed', { leaseToken })
    const { status, text } = await at().request('POST', `/v1/runs/${id}:archive`, { key })
    expect(status, text).toBe(200)
    return { id, scriptId }
  }
  const keyOf = async (owner: string, projectId: string) => {
    const body = { name: owner, owner, scopes: ['runs:read', 'runs:write'], projectId }
    return (await at().request<{ key: string }>('POST', '/v1/keys', { body })).json.key
  }

  it('is a run as any other until it is deleted: in lists and statistics, with its log', async () => {
    const projectId = unique('p')
    const key = await keyOf('one', projectId)
    const { id, scriptId } = await archivedRun(key)
    for (const sent of [{}, { key }]) {
      const rows = await rowsOf(at(), `scriptId=${scriptId}&status=completed`, sent)
      expect(rows).toEqual([expect.objectContaining({ id, status: 'completed', scriptId })])
      expect(await given(at(), 'GET', `/scripts/runs/${id}`, sent)).toEqual(rows[0])
      const { status, text, headers } = await at().request('GET', `/scripts/runs/${id}/log`, sent)
      expect([status, text, headers.get('content-type')]).toEqual([
        200,
        'one\ntwo\n',
        'text/plain; charset=utf-8',
      ])
      expect((await at().request('GET', `/scripts/runs/${id}/log?tail=4`, sent)).text).toBe('two\n')
    }
    await at().raw(`DELETE FROM maintenance`)
    expect(await given(at(), 'GET', '/scripts/runs/stats', { key })).toMatchObject({ total: 1, completed: 1 })
    await given(at(), 'DELETE', `/scripts/runs/${id}`)
    expect(await idsOf(at(), `scriptId=${scriptId}`)).toEqual([])
    for (const path of [id, `${id}/log`])
      expect(await refused(at(), 'GET', `/scripts/runs/${path}`)).toMatchObject({ status: 404 })
  })

  it('is for whoever made it, and for admins', async () => {
    const projectId = unique('p')
    const { id, scriptId } = await archivedRun(await keyOf('one', projectId))
    const key = await keyOf('other', projectId)
    expect(await idsOf(at(), `scriptId=${scriptId}`, { key })).toEqual([])
    for (const path of [id, `${id}/log`])
      expect(await refused(at(), 'GET', `/scripts/runs/${path}`, { key })).toMatchObject({ status: 403 })
  })
})

describe('GET /scripts/runs/:id/log', () => {
  it('gives what there is of a run that goes on, and nothing of one that is none', async () => {
    const { run, leaseToken } = await startOne(at(), { projectId: unique('p') })
    const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
    await at().request('POST', `/v1/runs/${run.id}/logs`, { raw: 'a line\n', headers })
    expect((await at().request('GET', `/scripts/runs/${run.id}/log`)).text).toBe('a line\n')
    for (const id of ['01KBQK6M3V8Z5W0X2Y4A6C8E9G', '..%2F..%2Fetc%2Fpasswd'])
      expect(await refused(at(), 'GET', `/scripts/runs/${id}/log`)).toMatchObject({ status: 404 })
    expect(await refused(at(), 'GET', `/scripts/runs/${run.id}/log?tail=all`)).toMatchObject({
      status: 400,
      details: [expect.objectContaining({ path: 'tail' })],
    })
  })
})

describe('GET /scripts/runs/stats', () => {
  it('counts what ended in the days that runs are kept, and what waits or runs now', async () => {
    const projectId = unique('p')
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId })
    const empty = { total: 0, completed: 0, failed: 0, running: 0, averageDuration: 0 }
    expect(await given(at(), 'GET', '/scripts/runs/stats', { key })).toEqual(empty)
    for (const verb of ['succeed', 'fail', 'cancel']) {
      const { run, leaseToken } = await startOne(at(), { projectId })
      const told = verb === 'cancel' ? { leaseToken, error: 'stopped' } : { leaseToken, error: 'no' }
      if (verb === 'cancel') await report(at(), run.id, 'cancel')
      if (verb === 'succeed') await report(at(), run.id, 'succeed', { leaseToken })
      else await report(at(), run.id, 'fail', told)
    }
    await startOne(at(), { projectId })
    await at().raw(`DELETE FROM maintenance`)
    const stats = await given(at(), 'GET', '/scripts/runs/stats', { key })
    expect(stats).toEqual({
      total: 4,
      completed: 1,
      failed: 2,
      running: 1,
      averageDuration: expect.any(Number),
    })
  })
})
