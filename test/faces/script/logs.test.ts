import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { claim, enqueue, eventsOf, getRun, must, useApp } from '../v1/steps.ts'
import { granted, type LogRowOf, logStart, logsOf, refused, updateLog } from './steps.ts'

const at = useApp()

describe('a log', () => {
  it('is begun, and ends with what is said of it', async () => {
    const scriptName = unique('synchroFacture')
    const logId = await logStart(at(), scriptName)
    expect(await logsOf(at(), scriptName)).toEqual([
      {
        id: logId,
        scriptName,
        status: 2,
        startTime: expect.stringMatching(/^\d{4}-.*Z$/),
        endTime: null,
        duration: null,
        message: null,
      },
    ])
    const ended = { scriptName, logId, status: 0, message: 'Script executed successfully', apiCalls: 42 }
    expect(await updateLog(at(), ended)).toBe(logId)
    const [row] = await logsOf(at(), scriptName)
    expect(row).toMatchObject({ id: logId, status: 0, message: 'Script executed successfully' })
    expect(row?.duration).toBe(Date.parse(must(row?.endTime)) - Date.parse(must(row?.startTime)))
    expect(await getRun(at(), logId)).toMatchObject({
      state: 'succeeded',
      kind: scriptName,
      labels: { apiCalls: '42' },
      leaseExpiresAt: null,
    })
    expect(await updateLog(at(), ended)).toBe(logId)
    expect(await eventsOf(at(), logId)).toHaveLength(2)
  })

  it('fails with its message, which is cut to what is kept', async () => {
    const scriptName = unique('zendeskTicket')
    const [one, other] = [await logStart(at(), scriptName), await logStart(at(), scriptName)]
    await updateLog(at(), { scriptName, logId: one, status: -1, message: 'x'.repeat(100_000) })
    await updateLog(at(), { scriptName, logId: other, status: -1, message: null })
    const rows = await logsOf(at(), scriptName)
    expect(rows.map(({ id, status }) => [id, status])).toEqual([
      [other, -1],
      [one, -1],
    ])
    expect(rows[1]?.message).toMatch(/^x+\n… \d+ bytes left out …\nx+$/)
    expect(rows[1]?.message?.length).toBeLessThanOrEqual(16_384)
    expect(rows[0]?.message).toBe('failed, without a word why')
  })

  it('is ended by any key that works for its project, which the event names, and by none of another', async () => {
    const scriptName = unique('script')
    const projectId = unique('p')
    const scopes = ['runs:work' as const]
    const begins = await at().makeKey({ scopes, projectId })
    const ends = await at().makeKey({ scopes: [...scopes, 'runs:read'], projectId })
    const other = await at().makeKey({ scopes, projectId: unique('q') })
    const reads = await at().makeKey({ scopes: ['runs:read', 'runs:write'], projectId })
    const logId = await logStart(at(), scriptName, { key: begins.key })
    const body = { scriptName, logId, status: 0 }
    for (const [{ key }, status] of [
      [other, 404],
      [reads, 403],
    ] as const)
      expect(await refused(at(), 'POST', '/script/update-log-status', { key, body })).toMatchObject({
        status,
      })
    await updateLog(at(), body, { key: ends.key })
    expect((await eventsOf(at(), logId)).map(({ type, actor }) => [type, actor])).toEqual([
      ['run.started', 'runs:work'],
      ['run.succeeded', 'runs:work runs:read'],
    ])
  })

  it('says how it goes while it is in progress', async () => {
    const scriptName = unique('script')
    const logId = await logStart(at(), scriptName)
    await updateLog(at(), { scriptName, logId, status: 2, message: 'page 3 of 7' })
    expect(await logsOf(at(), scriptName)).toMatchObject([
      { status: 2, message: 'page 3 of 7', endTime: null },
    ])
  })

  it('of a run that a worker does, or that waits, is shown as well', async () => {
    const kind = unique('script')
    const { id } = await enqueue(at(), { kind })
    expect(await logsOf(at(), kind)).toMatchObject([{ id, status: 1, startTime: null, duration: null }])
    await claim(at(), { kinds: [kind] })
    expect(await logsOf(at(), kind)).toMatchObject([{ id, status: 2 }])
  })

  it('that has ended, waits, is of another script or of nobody is refused in the face’s own words', async () => {
    const scriptName = unique('script')
    const logId = await logStart(at(), scriptName)
    await updateLog(at(), { scriptName, logId, status: -1, message: 'no network' })
    const update = (body: object) =>
      refused(at(), 'POST', '/script/update-log-status', { body: { scriptName, logId, status: 0, ...body } })
    expect(await update({})).toEqual({
      status: 409,
      error: `run ${logId} has already ended as failed: no network`,
    })
    expect(await update({ scriptName: 'another' })).toMatchObject({ status: 404 })
    expect(await update({ logId: '01KBQK6M3V8Z5W0X2Y4A6C8E9G' })).toMatchObject({ status: 404 })
    for (const wrong of [
      { status: 1 },
      { status: 3 },
      { status: '0' },
      { status: null },
      { logId: '65f0c0ffee' },
      { message: 7 },
      { apiCalls: -1 },
      { apiCalls: 1.5 },
      { scriptName: '' },
      { scriptName: 'two words' },
    ])
      expect(await update(wrong), JSON.stringify(wrong)).toMatchObject({ status: 400 })
  })
})

describe('GET /script/logs', () => {
  it('has what is archived, too, and no more what is deleted', async () => {
    const scriptName = unique('script')
    const logId = await logStart(at(), scriptName)
    await updateLog(at(), { scriptName, logId, status: 0, message: 'done' })
    const become = (state: string) =>
      at().raw(`UPDATE runs SET "storageState" = '${state}' WHERE id = '${logId}'`)
    await become('archived')
    expect(await logsOf(at(), scriptName)).toMatchObject([{ id: logId, status: 0, message: 'done' }])
    await become('deleted')
    expect(await logsOf(at(), scriptName)).toEqual([])
  })

  it('goes page by page, newest first, by script and by status', async () => {
    const scriptName = unique('script')
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.unshift(await logStart(at(), scriptName))
    await updateLog(at(), { scriptName, logId: ids[4], status: -1, message: 'no' })
    await updateLog(at(), { scriptName, logId: ids[3], status: 0 })
    await at().request('POST', `/v1/runs/${ids[2]}:cancel`)
    await updateLog(at(), { scriptName, logId: ids[2], status: -1 })
    const pages: string[][] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const path: string = `/script/logs?scriptName=${scriptName}&limit=2${cursor ? `&cursor=${cursor}` : ''}`
      const { json } = await at().request<{ data: LogRowOf[]; nextCursor: string | null }>('GET', path)
      pages.push(json.data.map(({ id }) => id))
      cursor = json.nextCursor
    }
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)])
    const withStatus = async (status: number) =>
      (await granted<LogRowOf[]>(at(), 'GET', `/script/logs?scriptName=${scriptName}&status=${status}`)).map(
        ({ id }) => id,
      )
    expect(await withStatus(2)).toEqual(ids.slice(0, 2))
    expect(await withStatus(0)).toEqual([ids[3]])
    expect(await withStatus(-1)).toEqual([ids[2], ids[4]])
    expect(await withStatus(1)).toEqual([])
  })

  it.each([
    'status=3',
    'status=ok',
    'limit=0',
    'limit=101',
    'cursor=x',
    'scriptName=two%20words',
    'limit=1&limit=2',
  ])('refuses %s', async (query) => {
    expect(await refused(at(), 'GET', `/script/logs?${query}`)).toMatchObject({ status: 400 })
  })

  it('shows a project’s key its own alone', async () => {
    const scriptName = unique('script')
    const projectId = unique('mine')
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:work'], projectId })
    const mine = await logStart(at(), scriptName, { key })
    const theirs = await logStart(at(), scriptName)
    const rows = await granted<LogRowOf[]>(at(), 'GET', '/script/logs', { key })
    expect(rows.map(({ id }) => id)).toEqual([mine])
    const body = { scriptName, logId: theirs, status: 0 }
    expect(await refused(at(), 'POST', '/script/update-log-status', { key, body })).toMatchObject({
      status: 404,
    })
  })
})
