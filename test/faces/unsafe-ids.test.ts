import { beforeEach, describe, expect, it } from 'vitest'
import { pinoLog } from '../../lib/log/pino-log.ts'
import { useApp } from './v1/steps.ts'

let lines: string[] = []
const log = pinoLog((line) => lines.push(line), Date.now, 'info')
beforeEach(() => {
  lines = []
})

const AWAY = ['..%2F..%2Fetc%2Fpasswd', '%2e%2e%5c%2e%2e%5cboot.ini', '..', '%00', 'a%2F..%2F..%2Fb']
/** Where ids of runs stand in paths, by face. */
const DOORS: [method: string, path: (id: string) => string][] = [
  ['GET', (id) => `/v1/runs/${id}`],
  ['GET', (id) => `/v1/runs/${id}/outputs`],
  ['POST', (id) => `/v1/runs/${id}:archive`],
  ['POST', (id) => `/v1/runs/${id}:restore`],
  ['POST', (id) => `/v1/runs/${id}:delete`],
  ['GET', (id) => `/scripts/runs/${id}`],
  ['DELETE', (id) => `/scripts/runs/${id}`],
  ['GET', (id) => `/api/scraper/jobs/${id}/results`],
  ['DELETE', (id) => `/api/scraper/jobs/${id}`],
]

describe.each(AWAY)('the path %s in the place of a run’s id', (id) => {
  const at = useApp({ wrap: (ports) => ({ ...ports, log }) })

  it('is refused at every door, and logged with what was asked', async () => {
    for (const [method, path] of DOORS) {
      lines = []
      const { status } = await at().request(
        method,
        path(id),
        method === 'POST' ? { body: { reason: 'no' } } : {},
      )
      expect([400, 404, 405, 422], `${method} ${path(id)}`).toContain(status)
      const said = lines.map((line) => JSON.parse(line))
      expect(said).toContainEqual(expect.objectContaining({ message: 'request', method, status }))
      // `..` alone is taken out of a URL before it is sent.
      if (id === '..') continue
      const asked = said.find(({ message }) => message === 'request').path
      expect(decodeURIComponent(asked)).toContain(decodeURIComponent(id))
    }
  })

  it('has a warning of its own where ids may be any text', async () => {
    if (id === '..') return
    await at().request('GET', `/scripts/runs/${id}`)
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        message: 'a path was sent in place of a run’s id, and refused',
        asked: decodeURIComponent(id),
      }),
    )
  })
})
