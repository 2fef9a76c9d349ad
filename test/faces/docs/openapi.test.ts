import { createConfig, lintFromString } from '@redocly/openapi-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { v1Routes } from '../../../lib/faces/v1/index.ts'
import { useApp } from '../v1/steps.ts'

interface Schema {
  $ref?: string
  [key: string]: unknown
}

interface Operation {
  operationId: string
  summary: string
  description: string
  security: unknown[]
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<
    string,
    { description: string; headers: object; content?: Record<string, { schema: Schema }> }
  >
}

interface Document {
  openapi: string
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: object }
}

const at = useApp()
let document: Document

beforeAll(async () => {
  document = (await at().request<Document>('GET', '/v1/openapi.json', { key: null })).json
})

/** Every reference in a value, and every schema that says nothing of what it allows. */
function* refsIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  for (const [key, inner] of Object.entries(value))
    if (key === '$ref' && typeof inner === 'string') yield inner
    else yield* refsIn(inner)
}

describe('/v1/openapi.json', () => {
  it('passes an OpenAPI linter without an error or a warning', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const problems = await lintFromString({ source: JSON.stringify(document), config })
    const told = problems.map(({ severity, ruleId, message, location }) => ({
      severity,
      ruleId,
      message,
      at: location[0]?.pointer,
    }))
    expect(told).toEqual([])
  })

  it('holds every route with its own name, and nothing else', () => {
    expect(document.openapi).toBe('3.1.0')
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
    )
    const mounted = v1Routes.map(({ method, path, operationId }) => `${method} ${path} ${operationId}`)
    expect(documented.sort()).toEqual(mounted.sort())
    expect(new Set(v1Routes.map(({ operationId }) => operationId)).size).toBe(v1Routes.length)
  })

  it('says of every route who may, what comes of it, and what can go wrong', () => {
    for (const { method, path, scope, body, rawBody, responses } of v1Routes) {
      const operation = document.paths[path]?.[method]
      expect(operation?.security).toEqual([{ key: [] }])
      expect(operation?.description).toContain(`\`${scope}\``)
      const statuses = Object.keys(operation?.responses ?? {})
      expect(statuses).toEqual(expect.arrayContaining([...Object.keys(responses), '401', '403', '503']))
      expect(operation?.requestBody !== undefined).toBe((body ?? rawBody) !== undefined)
      for (const [status, { content, headers }] of Object.entries(operation?.responses ?? {})) {
        expect(headers).toHaveProperty('X-Request-Id')
        if (Number(status) >= 400) {
          const problem = content?.['application/problem+json']?.schema
          expect(problem, `${status} of ${operation?.operationId}`).toEqual({
            $ref: '#/components/schemas/Problem',
          })
        }
      }
    }
  })

  it('says of every tag what is under it', () => {
    for (const { name, description } of document.tags) expect(description, name).not.toBe(name)
  })

  it('names the shapes that are used in more than one place', () => {
    const names = Object.keys(document.components.schemas)
    expect(names).toEqual(
      expect.arrayContaining([
        'Run',
        'RunEvent',
        'RunState',
        'RunStats',
        'Problem',
        'Key',
        'NewKey',
        'Scope',
        'EnqueueRun',
        'EnqueueItem',
        'StartRun',
        'ClaimRuns',
      ]),
    )
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z]+$/)
    expect(
      document.paths['/v1/runs/{id}']?.get?.responses['200']?.content?.['application/json']?.schema,
    ).toEqual({
      $ref: '#/components/schemas/Run',
    })
  })

  it('refers only to what is in it', () => {
    for (const ref of new Set(refsIn(document))) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(ref)?.[1] ?? ''
      expect(document.components.schemas, ref).toHaveProperty(name)
    }
  })

  it('tells the headers that a route reads', () => {
    const headersOf = (path: string, method: string) =>
      document.paths[path]?.[method]?.parameters
        ?.filter((one) => one.in === 'header')
        .map(({ name }) => name.toLowerCase())
    expect(headersOf('/v1/runs', 'post')).toContain('idempotency-key')
    expect(headersOf('/v1/runs/{id}/events', 'get')).toContain('last-event-id')
  })

  it('is the same at every request', async () => {
    expect((await at().request('GET', '/v1/openapi.json')).json).toEqual(document)
  })
})
