import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { toParams, toPattern } from '../../lib/http/path-pattern.ts'
import { pathMatches } from '../support/path-matches.ts'

const PATHS = ['/v1/runs/{id}', '/v1/runs/{id}/outputs', '/v1/runs/{id}/outputs/{path}']

describe('a documented path', () => {
  it.each([
    ['/v1/runs', '/v1/runs'],
    ['/v1/runs:claim', '/v1/runs:claim'],
    ['/v1/runs/{id}', '/v1/runs/:id{[^/:]+}'],
    ['/v1/runs/{id}/events', '/v1/runs/:id{[^/:]+}/events'],
    ['/v1/runs/{id}:cancel', '/v1/runs/:target{[^/:]+:cancel}'],
    ['/v1/runs/{id}/outputs:commit', '/v1/runs/:id{[^/:]+}/outputs:commit'],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/:id{[^/:]+}/outputs/:path{.+}'],
  ])('%s is the pattern %s', (path, pattern) => {
    expect(toPattern(path)).toBe(pattern)
  })

  it.each([
    ['/v1/runs/{id}', '/v1/runs/a', true],
    ['/v1/runs/{id}', '/v1/runs/a:cancel', false],
    ['/v1/runs/{id}', '/v1/runs/', false],
    ['/v1/runs/{id}', '/v1/runs/a/b', false],
    ['/v1/runs/{id}:cancel', '/v1/runs/a:cancel', true],
    ['/v1/runs/{id}:cancel', '/v1/runs/a:cancelled', false],
    ['/v1/runs/{id}:cancel', '/v1/runs/:cancel', false],
    ['/v1/openapi.json', '/v1/openapiXjson', false],
    ['/v1/runs:claim', '/v1/runs:claim', true],
    ['/v1/runs/{id}/outputs', '/v1/runs/a/outputs', true],
    ['/v1/runs/{id}/outputs', '/v1/runs/a/outputs:commit', false],
    ['/v1/runs/{id}/outputs:commit', '/v1/runs/a/outputs:commit', true],
    ['/v1/runs/{id}/outputs:commit', '/v1/runs/a/outputs/b:commit', false],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a/outputs/b', true],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a/outputs/b/c:d/e', true],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a/outputs/', false],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a/outputs:commit', false],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a:b/outputs/c', false],
    ['/v1/runs/{id}/outputs/{path}', '/v1/runs/a/b/outputs/c', false],
  ])('%s and %s match: %s', (path, requested, matches) => {
    expect(pathMatches(path, requested)).toBe(matches)
  })

  it('gives its parameters by name, without the verb', () => {
    expect(toParams('/v1/runs/{id}:cancel', { target: 'a:cancel' })).toEqual({ id: 'a' })
    expect(toParams('/v1/scripts/{name}:run', { target: 'a:run' })).toEqual({ name: 'a' })
    expect(toParams('/v1/runs/{id}', { id: 'a' })).toEqual({ id: 'a' })
  })

  it.each([
    ['a', 'GET /v1/runs/{id}'],
    ['a:cancel', undefined],
    ['a/outputs', 'GET /v1/runs/{id}/outputs'],
    ['a/outputs/', undefined],
    ['a/outputs:commit', undefined],
    ['a/outputs:explode', undefined],
    ['a:b/outputs/c', undefined],
    ['a/outputs/b', 'GET /v1/runs/{id}/outputs/{path} b'],
    ['a/outputs/b/c.csv', 'GET /v1/runs/{id}/outputs/{path} b/c.csv'],
    ['a/outputs/b:commit', 'GET /v1/runs/{id}/outputs/{path} b:commit'],
    ['a/outputs/b%2Fc', 'GET /v1/runs/{id}/outputs/{path} b/c'],
    ['a/outputs/%C3%BC%20%25%3F%23%2B+', 'GET /v1/runs/{id}/outputs/{path} ü %?#++'],
    ['a/outputs/%252F', 'GET /v1/runs/{id}/outputs/{path} %2F'],
  ])('%s is answered by %s', async (requested, expected) => {
    const app = new Hono()
    for (const path of PATHS)
      app.get(toPattern(path), (c) => {
        const { path: rest = '' } = toParams(path, c.req.param())
        return c.text(`GET ${path} ${rest}`.trim())
      })
    const answer = await app.request(`/v1/runs/${requested}`)
    expect(answer.status === 404 ? undefined : await answer.text()).toBe(expected)
  })
})
