import { describe, expect, it } from 'vitest'
import { unique } from '../../support/make.ts'
import type { Sent } from '../../support/open-app.ts'
import { useApp } from '../v1/steps.ts'
import { answered, type JobPage, makeJob, refused } from './steps.ts'

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
