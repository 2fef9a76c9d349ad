import { beforeAll, describe, expect, it } from 'vitest'
import { claim, enqueue, must, report, useApp } from './v1/steps.ts'

/** As sources 000 and 002 print them, their placeholders filled in; the key is all that is added. */
describe('the requests that the documents print', () => {
  const at = useApp()
  let scriptId = 0
  let id = ''
  let other = ''
  beforeAll(async () => {
    for (const _ of [1, 2]) {
      await enqueue(at(), { kind: 'crawl' })
      const { run, leaseToken } = must((await claim(at(), { kinds: ['crawl'] }))[0])
      const headers = { 'lease-token': leaseToken, 'log-offset': '0', 'content-type': 'text/plain' }
      await at().request('POST', `/v1/runs/${run.id}/logs`, { raw: 'a line\n', headers })
      await report(at(), run.id, 'succeed', { leaseToken })
      other = id
      id = run.id
      scriptId = Number(run.scriptId)
    }
  })

  const ofScripts: [printed: string, query: () => string, body?: object][] = [
    ['GET /scripts/runs', () => ''],
    [
      'GET /scripts/runs',
      () => `?scriptId=${scriptId}&status=completed&startDate=2025-01-13&endDate=2999-01-14`,
    ],
    ['GET /scripts/runs/:id', () => ''],
    ['POST /scripts/runs/cleanup', () => '', { days: 30 }],
    ['GET /scripts/runs/cleanup/status', () => ''],
    ['DELETE /scripts/runs/:id', () => ''],
  ]
  it.each(ofScripts)('%s', async (printed, query, body) => {
    const [method = '', path = ''] = printed.split(' ')
    const filled = path.replace(':id', method === 'DELETE' ? other : id) + query()
    const { status, text } = await at().request(method, filled, body === undefined ? {} : { body })
    expect(status, text).toBe(200)
  })

  it.each([
    ['POST /api/scraper/jobs/{job_id}/archive', 200],
    ['GET /api/scraper/jobs/archived', 200],
    ['GET /api/scraper/jobs/archived?start_date=2025-01-06&end_date=2999-01-07&limit=10&offset=0', 200],
    ['GET /api/scraper/jobs/{job_id}/archive/download', 302],
    ['POST /api/scraper/jobs/{job_id}/restore', 200],
  ])('%s', async (printed, expected) => {
    const [method = '', path = ''] = printed.split(' ')
    const { status, text } = await at().request(method, path.replace('{job_id}', id))
    expect(status, text).toBe(expected)
  })
})
