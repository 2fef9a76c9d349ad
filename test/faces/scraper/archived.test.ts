import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import type { Sent } from '../../support/open-app.ts'
import { sendOutput } from '../v1/output-steps.ts'
import { claim, getRun, must, report, useApp } from '../v1/steps.ts'
import { answered, getJob, given, type JobPage, type JobRowOf, makeJob, refused } from './steps.ts'

const at = useApp()

const archivedOf = (query: string, sent: Sent = {}) =>
  answered<JobPage>(at(), 'GET', `/archived?${query}`, sent)
const idsIn = ({ data }: JobPage) => data.map(({ job_id }) => job_id)

/** Jobs of somebody's as if they had been archived, the newest first, one a day from 10 March 2026 on. */
async function archivedJobs(count: number, sent: Sent = {}): Promise<string[]> {
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    const { job_id: id } = await makeJob(at(), {}, sent)
    await at().raw(`UPDATE runs SET "storageState" = 'archived', "archivedAt" = now(),
      "archivePath" = 'archive/2026/03/${id}.tar.gz', "createdAt" = '2026-03-${10 + n}T12:00:00Z' WHERE id = '${id}'`)
    ids.unshift(id)
  }
  return ids
}

describe('GET /api/scraper/jobs/archived', () => {
  it('lists what is archived, by dates, limit and offset, and says how much there is', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read', 'runs:write'], projectId: unique('p') })
    const ids = await archivedJobs(5, { key })
    const listed = (query: string) => archivedOf(query, { key })
    const all = await listed('')
    expect(all).toMatchObject({ total: 5, limit: 50, offset: 0, has_more: false })
    expect(idsIn(all)).toEqual(ids)
    expect(all.data[0]).toMatchObject({
      archived_at: expect.stringMatching(/Z$/),
      archive_path: `archive/2026/03/${ids[0]}.tar.gz`,
    })
    const page = await listed('start_date=2026-03-11&end_date=2026-03-13&limit=2&offset=1')
    expect(page).toMatchObject({ total: 3, limit: 2, offset: 1, has_more: false })
    expect(idsIn(page)).toEqual([ids[2], ids[3]])
    expect(await listed('limit=2')).toMatchObject({ total: 5, has_more: true })
    const { data } = await answered<JobPage>(at(), 'GET', '', { key })
    expect(data).toEqual([])
  })

  it('is for whoever created a job, and for admins', async () => {
    const projectId = unique('p')
    const keyOf = async (owner: string) => {
      const body = { name: owner, owner, scopes: ['runs:read', 'runs:write'], projectId }
      return (await at().request<{ key: string }>('POST', '/v1/keys', { body })).json.key
    }
    const [one, other] = [await keyOf('one'), await keyOf('other')]
    const [mine] = await archivedJobs(1, { key: one })
    expect(await archivedOf('', { key: one })).toMatchObject({ total: 1, data: [{ job_id: mine }] })
    expect(await archivedOf('', { key: other })).toMatchObject({ total: 0, data: [] })
    const listed = await at().request<{ data: object[] }>('GET', '/v1/runs?storageState=archived', {
      key: other,
    })
    expect(listed.json.data).toEqual([])
    expect(idsIn(await archivedOf('limit=100'))).toContain(mine)
  })

  it.each([
    'start_date=x',
    'end_date=2026-02-30',
    'limit=101',
    'offset=10001',
    'start_date=2026-02-02&end_date=2026-02-01',
  ])('refuses %s', async (query) => {
    expect(await refused(at(), 'GET', `/archived?${query}`)).toMatchObject({ status: 422 })
  })
})

/** A job that has completed, with a file and a line of log. */
async function completedJob(sent: Sent = {}): Promise<string> {
  const type = unique('agar')
  const { job_id: id } = await makeJob(at(), { type }, sent)
  const { projectId } = await getRun(at(), id)
  const claimed = must((await claim(at(), { kinds: [type], projectId }))[0])
  const { leaseToken } = claimed
  const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
  await at().request('POST', `/v1/runs/${id}/logs`, { raw: 'page 1 of 1\n', headers })
  await sendOutput(at(), claimed, 'pages/1.json')
  await report(at(), id, 'succeed', { leaseToken })
  return id
}

const post = (id: string, verb: string, sent: Sent = {}) =>
  given<JobRowOf>(at(), 'POST', `/${id}/${verb}`, sent)

describe('POST /api/scraper/jobs/:job_id/archive and /restore', () => {
  it('put a job away and back again', async () => {
    const id = await completedJob()
    const archived = await post(id, 'archive')
    expect(archived).toMatchObject({
      storage_state: 'archived',
      archived_at: expect.stringMatching(/Z$/),
      archive_path: expect.stringMatching(/^archive\/\d{4}\/\d\d\/\d{8}_\d{6}_[0-9A-Z]{26}\.tar\.gz$/),
    })
    expect(archived.archive_path).toContain(`${archived.folder_name}_${id}`)
    expect(idsIn(await archivedOf('limit=1'))).toEqual([id])
    expect(await post(id, 'archive')).toMatchObject({ archived_at: archived.archived_at })
    const logs = await given<{ logs: string[] }>(at(), 'GET', `/${id}/logs`)
    expect(logs.logs).toEqual(['page 1 of 1'])
    expect(await post(id, 'restore')).toMatchObject({
      storage_state: 'active',
      archived_at: null,
      archive_path: null,
    })
    expect(await post(id, 'restore')).toMatchObject({ storage_state: 'active' })
    const { results } = await given<{ results: { path: string }[] }>(at(), 'GET', `/${id}/results`)
    expect(results.map(({ path }) => path)).toEqual(['pages/1.json'])
  })

  it('refuse what has not ended, is held, or was never archived', async () => {
    const { job_id: waiting } = await makeJob(at())
    expect(await refused(at(), 'POST', `/${waiting}/archive`)).toMatchObject({ status: 409 })
    expect(await refused(at(), 'POST', `/${waiting}/restore`)).toMatchObject({ status: 409 })
    const id = await completedJob()
    const until = '2999-01-01T00:00:00.000Z'
    const held = await given(at(), 'POST', `/${id}/hold`, { body: { reason: 'an audit', until } })
    expect(held).toMatchObject({ job_id: id, hold_until: until })
    expect(await refused(at(), 'POST', `/${id}/archive`)).toEqual({
      status: 409,
      detail: expect.stringContaining('it is held'),
    })
    expect(await refused(at(), 'DELETE', `/${id}`)).toMatchObject({ status: 409 })
    for (const body of [
      {},
      { reason: '' },
      { reason: 'a', until: 'tomorrow' },
      { reason: 'a', until: '2001-01-01T00:00:00Z' },
    ])
      expect(await refused(at(), 'POST', `/${id}/hold`, { body })).toMatchObject({ status: 422 })
  })

  it('are for whoever created the job, and for admins', async () => {
    const projectId = unique('p')
    const keyOf = async (owner: string) => {
      const body = { name: owner, owner, scopes: ['runs:read', 'runs:write'], projectId }
      return (await at().request<{ key: string }>('POST', '/v1/keys', { body })).json.key
    }
    const [one, other] = [await keyOf('one'), await keyOf('other')]
    const id = await completedJob({ key: one })
    expect(await refused(at(), 'POST', `/${id}/archive`, { key: other })).toMatchObject({ status: 403 })
    expect(await post(id, 'archive', { key: one })).toMatchObject({ storage_state: 'archived' })
    expect(await refused(at(), 'POST', `/${id}/restore`, { key: other })).toMatchObject({ status: 403 })
    for (const path of ['logs', 'results', 'archive/download'])
      expect(await refused(at(), 'GET', `/${id}/${path}`, { key: other })).toMatchObject({ status: 403 })
    expect(await post(id, 'restore', { key: one })).toMatchObject({ storage_state: 'active' })
  })

  it.each(['01KBQK6M3V8Z5W0X2Y4A6C8E9G', '8dafff36-6b15-478a-88fc-19cdbbcfca5f5', '..%2F..%2Fetc%2Fpasswd'])(
    'find no job %s',
    async (id) => {
      for (const verb of ['archive', 'restore', 'hold'])
        expect(await refused(at(), 'POST', `/${id}/${verb}`, { body: { reason: 'a' } })).toMatchObject({
          status: 404,
        })
      expect(await refused(at(), 'DELETE', `/${id}`)).toMatchObject({ status: 404 })
    },
  )
})

describe('GET /api/scraper/jobs/:job_id/archive/download', () => {
  it('leads to the archive, which needs no key then', async () => {
    const id = await completedJob()
    expect(await refused(at(), 'GET', `/${id}/archive/download`)).toMatchObject({ status: 404 })
    const { archive_path, stats } = await post(id, 'archive')
    const { status, headers } = await at().request('GET', `/api/scraper/jobs/${id}/archive/download`)
    expect([status, headers.get('cache-control')]).toEqual([302, 'no-store'])
    const url = new URL(must(headers.get('location')), 'http://here')
    const file = await at().app.request(url.pathname + url.search)
    const bytes = new Uint8Array(await file.arrayBuffer())
    expect(file.headers.get('content-disposition')).toContain(must(must(archive_path).split('/').at(-1)))
    expect(bytes.length).toBe(stats.archive_bytes)
    expect([...bytes.slice(0, 2)]).toEqual([0x1f, 0x8b])
  })

  it('finds nothing for others, nor by a path', async () => {
    const { key } = await at().makeKey({ scopes: ['runs:read'], projectId: unique('p') })
    const id = await completedJob()
    await post(id, 'archive')
    expect(await refused(at(), 'GET', `/${id}/archive/download`, { key })).toMatchObject({ status: 404 })
    for (const path of ['..%2F..%2Fetc%2Fpasswd', 'archive%2F2026%2F01%2Fx.tar.gz'])
      expect(await refused(at(), 'GET', `/${path}/archive/download`)).toMatchObject({ status: 404 })
  })
})

describe('DELETE /api/scraper/jobs/:job_id', () => {
  it('deletes a job softly, which restoring takes back', async () => {
    const id = await completedJob()
    await post(id, 'archive')
    const deleted = await given(at(), 'DELETE', `/${id}?reason=a%20mistake`)
    expect(deleted).toEqual({
      job_id: id,
      mode: 'soft',
      deleted_at: expect.stringMatching(/Z$/),
      purge_after: expect.stringMatching(/Z$/),
      freed_bytes: 0,
    })
    expect(await getJob(at(), id)).toMatchObject({ deletion_reason: 'a mistake', storage_state: 'deleted' })
    expect(await post(id, 'restore')).toMatchObject({ storage_state: 'active', deleted_at: null })
  })

  it('takes back also what had no archive', async () => {
    const id = await completedJob()
    await given(at(), 'DELETE', `/${id}`)
    expect(await post(id, 'restore')).toMatchObject({ storage_state: 'active', deleted_at: null })
  })
})
