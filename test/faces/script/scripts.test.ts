import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import { claim, useApp } from '../v1/steps.ts'
import { type DashboardRowOf, granted, logStart, logsOf, refused, updateLog } from './steps.ts'

const at = useApp()

describe('GET /script/dashboard-view and GET /script', () => {
  const rowOf = async (scriptName: string) =>
    (await granted<DashboardRowOf[]>(at(), 'GET', '/script/dashboard-view')).find(
      (row) => row.scriptName === scriptName,
    )

  it('show each script with its last run and how often it ran', async () => {
    const scriptName = unique('script')
    const first = await logStart(at(), scriptName)
    await updateLog(at(), { scriptName, logId: first, status: -1 })
    const second = await logStart(at(), scriptName)
    await updateLog(at(), { scriptName, logId: second, status: 0 })
    const [{ startTime, endTime } = { startTime: '', endTime: '' }] = await logsOf(at(), scriptName)
    const shown = {
      id: expect.any(Number),
      scriptName,
      label: null,
      options: {},
      status: 0,
      startTime,
      endTime,
    }
    expect(await rowOf(scriptName)).toEqual({ ...shown, count: 2, schedule: null, enabled: false })
    const scripts = await granted<object[]>(at(), 'GET', '/script')
    expect(scripts).toContainEqual(shown)
  })

  it('show by which schedule a script runs, and whether that is enabled', async () => {
    const [mine, theirs] = [unique('scheduled'), unique('manual')]
    for (const scriptName of [mine, theirs])
      await granted(at(), 'POST', '/script/update-status', { body: { scriptName, status: 1 } })
    const job = unique('job')
    const body = { name: job, schedule: '0 4 * * *', scripts: [{ name: mine }] }
    await granted(at(), 'POST', '/cron-config', { body })
    expect(await rowOf(mine)).toMatchObject({ schedule: '0 4 * * *', enabled: true })
    expect(await rowOf(theirs)).toMatchObject({ schedule: null, enabled: false })
    await granted(at(), 'PUT', `/cron-config/${job}/enabled`, { body: { enabled: false } })
    expect(await rowOf(mine)).toMatchObject({ schedule: '0 4 * * *', enabled: false })
  })

  it.each(['/script', '/script/dashboard-view'])('%s goes page by page, by name', async (path) => {
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:work'], projectId: unique('p') })
    const names = ['b', 'c', 'a', 'B', 'd']
    for (const scriptName of names) await logStart(at(), scriptName, { key })
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const url: string = `${path}?limit=2${cursor && `&cursor=${cursor}`}&_=1`
      const { json } = await at().request<{ data: DashboardRowOf[]; nextCursor: string | null }>('GET', url, {
        key,
      })
      expect(json.data.length).toBeLessThanOrEqual(2)
      seen.push(...json.data.map(({ scriptName }) => scriptName))
      cursor = json.nextCursor
    }
    expect(seen.toSorted()).toEqual(names.toSorted())
    expect(seen).toEqual(
      (await granted<DashboardRowOf[]>(at(), 'GET', path, { key })).map((row) => row.scriptName),
    )
    for (const query of ['limit=0', 'limit=1001', 'cursor=x', 'cursor=0'])
      expect(await refused(at(), 'GET', `${path}?${query}`), query).toMatchObject({ status: 400 })
  })

  it('show the sweep itself, and a script that never ran', async () => {
    await granted(at(), 'POST', '/script/cleanup-stale')
    expect(await rowOf('cleanupStaleScripts')).toMatchObject({ status: 0 })
    const name = unique('script')
    await at().request('PUT', `/v1/scripts/${name}`, { body: { label: 'Later', options: { deep: true } } })
    expect(await rowOf(name)).toMatchObject({
      label: 'Later',
      options: { deep: true },
      status: null,
      startTime: null,
      count: 0,
    })
  })
})

describe('POST /script/update-status', () => {
  it('runs a script now: a worker takes it', async () => {
    const scriptName = unique('script')
    const body = { scriptName, status: 1 }
    const data = await granted<{ logId: string }>(at(), 'POST', '/script/update-status', { body })
    expect(data).toEqual({ scriptName, status: 1, logId: expect.any(String) })
    expect(await logsOf(at(), scriptName)).toMatchObject([{ id: data.logId, status: 1 }])
    expect(await claim(at(), { kinds: [scriptName] })).toMatchObject([{ run: { id: data.logId } }])
  })

  it('takes no other status', async () => {
    for (const status of [0, 2, -1, '1', null, undefined]) {
      const body = { scriptName: 'a', status }
      const { status: code, error } = await refused(at(), 'POST', '/script/update-status', { body })
      expect([code, error]).toEqual([400, expect.stringContaining('must be 1')])
    }
  })

  it('counts as enqueuing against the limit of its key', async () => {
    const limited = await at().another({ env: { RATE_LIMIT_ENQUEUE: '1' } })
    const body = { scriptName: unique('script'), status: 1 }
    await granted(limited, 'POST', '/script/update-status', { body })
    const { status, headers } = await limited.request('POST', '/script/update-status', { body })
    expect([status, Number(headers.get('retry-after')) > 0]).toEqual([429, true])
  })
})

describe('what goes wrong below /script', () => {
  it('is said in the face’s own words: paths, methods and bodies', async () => {
    expect(await refused(at(), 'GET', '/script/nothing')).toMatchObject({ status: 404 })
    expect(await refused(at(), 'GET', '/script/')).toMatchObject({ status: 404 })
    const { status, headers } = await at().request('DELETE', '/script/logs')
    expect([status, headers.get('allow')]).toEqual([405, 'GET'])
    for (const raw of ['{', '[]', 'null', '"a"', '{}'])
      expect(await refused(at(), 'POST', '/script/log-start', { raw }), raw).toMatchObject({ status: 400 })
    expect(await refused(at(), 'POST', '/script/log-start')).toMatchObject({ status: 400 })
    const long = { raw: `{"scriptName": "${'a'.repeat(1_100_000)}"}` }
    expect(await refused(at(), 'POST', '/script/log-start', long)).toMatchObject({ status: 413 })
  })

  it('that is our own fault tells no more than the request’s id', async () => {
    const broken = await at().another({
      wrap: (ports) => ({
        ...ports,
        scripts: {
          ...ports.scripts,
          overview: () => Promise.reject(new Error('SELECT secret FROM somewhere')),
        },
      }),
    })
    const { status, error } = await refused(broken, 'GET', '/script')
    expect(status).toBe(500)
    expect(error).toMatch(/^internal error; tell the operator the request id \S+$/)
  })
})
