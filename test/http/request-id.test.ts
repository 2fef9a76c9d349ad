import { describe, expect, it } from 'vitest'
import { enqueue, useApp } from '../faces/v1/steps.ts'

const at = useApp()

describe('the id of a request', () => {
  it('is on every answer: results, errors, redirects, pages, what has not changed', async () => {
    const { id } = await enqueue(at())
    const tag = (await at().request('GET', `/v1/runs/${id}`)).headers.get('etag') ?? ''
    const answers = await Promise.all([
      at().request('GET', '/healthz'),
      at().request('GET', '/'),
      at().request('GET', '/docs'),
      at().request('GET', '/v1/openapi.json'),
      at().request('GET', '/v1/runs'),
      at().request('GET', '/v1/runs', { key: null }),
      at().request('GET', '/nowhere'),
      at().request('DELETE', '/v1/runs'),
      at().request('POST', '/v1/runs', { raw: '{' }),
      at().request('GET', `/v1/runs/${id}`, { headers: { 'if-none-match': tag } }),
      at().request('GET', '/api/cron/tick', { key: 'wrong' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([
      200, 302, 200, 200, 200, 401, 404, 405, 422, 304, 401,
    ])
    const ids = answers.map(({ headers }) => headers.get('x-request-id'))
    expect(new Set(ids).size).toBe(answers.length)
    expect(ids).not.toContain(null)
  })

  it.each(['abc', 'a-b_c=1', '01KBQK6M3V8Z5W0X2Y4A6C8E9G', 'a'.repeat(255)])(
    'is the caller’s own where that is well formed: %s',
    async (own) => {
      const { headers, json } = await at().request('GET', '/nowhere', { headers: { 'x-request-id': own } })
      expect([headers.get('x-request-id'), json.requestId]).toEqual([own, own])
    },
  )

  it.each(['', 'a b', 'a<b>', 'a\tb', '{}', 'ü', 'a'.repeat(256)])(
    'is ours where the caller’s is not: %j',
    async (own) => {
      const { headers } = await at().request('GET', '/healthz', { headers: { 'x-request-id': own } })
      expect(headers.get('x-request-id')).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
    },
  )

  it('is the platform’s where it gives one', async () => {
    const { headers } = await at().request('GET', '/healthz', { headers: { 'x-vercel-id': 'iad1::abc-123' } })
    expect(headers.get('x-request-id')).toBe('iad1::abc-123')
  })
})

describe('every answer', () => {
  it('forbids a browser to frame it, to guess at its type, or to run anything', async () => {
    for (const path of ['/docs', '/healthz', '/v1/runs', '/nowhere']) {
      const { headers } = await at().request('GET', path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBeTruthy()
      expect(headers.get('content-security-policy')).toContain(`default-src 'none'`)
      expect(headers.get('x-powered-by')).toBeNull()
    }
  })
})
