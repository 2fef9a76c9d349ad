import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { docsFace } from '../../../lib/faces/docs/index.ts'
import { v1Routes } from '../../../lib/faces/v1/index.ts'
import { ERROR_CODES } from '../../../lib/run/errors.ts'
import { useApp } from '../v1/steps.ts'

const at = useApp()
let page: string

beforeAll(async () => {
  const { text, headers, status } = await at().request('GET', '/docs', { key: null })
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
  page = text
})

const attributes = (name: string) =>
  [...page.matchAll(new RegExp(`\\s${name}="([^"]*)"`, 'g'))].map(([, value]) => value ?? '')

describe('/docs', () => {
  it('needs nothing from elsewhere, and runs nothing', () => {
    for (const address of [...attributes('href'), ...attributes('src')])
      expect(address).toMatch(/^(#|\/[^/])/)
    expect(page).not.toMatch(/<(script|iframe|object|embed|link|img|form|base)\b/i)
    expect(page).not.toMatch(/\son\w+=/i)
    expect(page).not.toMatch(/url\(|@import/i)
  })

  it('leads only to places that are there, each there once', () => {
    const ids = attributes('id')
    expect(new Set(ids).size).toBe(ids.length)
    for (const address of attributes('href').filter((one) => one.startsWith('#')))
      expect(ids).toContain(address.slice(1))
  })

  it('shows every route, and every code that an error can have', () => {
    for (const { path, operationId, summary } of v1Routes) {
      expect(page).toContain(`<code>${path}</code>`)
      expect(page).toContain(`id="${operationId}"`)
      expect(page).toContain(summary)
    }
    const ids = attributes('id')
    for (const code of [...ERROR_CODES, 'internal']) expect(ids).toContain(code)
  })

  it('is one document, closed as it was opened', () => {
    expect(page).toMatch(/^<!doctype html>/i)
    for (const tag of [
      'html',
      'head',
      'body',
      'main',
      'nav',
      'section',
      'table',
      'dl',
      'ul',
      'h2',
      'code',
      'a',
    ])
      expect(page.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length, tag).toBe(
        page.match(new RegExp(`</${tag}>`, 'g'))?.length,
      )
    expect(page).not.toMatch(/undefined|\[object|NaN/)
  })

  it('escapes what it shows', async () => {
    const evil = '<script>alert("1")</script>&'
    const app = docsFace([
      {
        method: 'get',
        path: '/v1/evil',
        operationId: 'evil',
        summary: evil,
        description: `${evil} \`${evil}\``,
        tag: evil,
        scope: 'runs:read',
        query: z.object({ evil: z.string().default(evil).meta({ description: evil }) }),
        responses: {
          200: { description: evil, schema: z.object({ [evil]: z.literal(evil) }).meta({ id: 'Evil' }) },
        },
        handler: async ({ c }) => c.body(null),
      },
    ])
    const text = await (await app.request('/docs')).text()
    expect(text).not.toContain('<script')
    expect(text).toContain('&lt;script&gt;alert(')
  })
})
