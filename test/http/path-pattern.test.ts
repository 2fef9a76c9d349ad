import { describe, expect, it } from 'vitest'
import { toParams, toPattern } from '../../lib/http/path-pattern.ts'
import { pathMatches } from '../support/path-matches.ts'

describe('a documented path', () => {
  it.each([
    ['/v1/runs', '/v1/runs'],
    ['/v1/runs:claim', '/v1/runs:claim'],
    ['/v1/runs/{id}', '/v1/runs/:id{[^/:]+}'],
    ['/v1/runs/{id}/events', '/v1/runs/:id{[^/:]+}/events'],
    ['/v1/runs/{id}:cancel', '/v1/runs/:target{[^/:]+:cancel}'],
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
  ])('%s and %s match: %s', (path, requested, matches) => {
    expect(pathMatches(path, requested)).toBe(matches)
  })

  it('gives its parameters by name, without the verb', () => {
    expect(toParams('/v1/runs/{id}:cancel', { target: 'a:cancel' })).toEqual({ id: 'a' })
    expect(toParams('/v1/scripts/{name}:run', { target: 'a:run' })).toEqual({ name: 'a' })
    expect(toParams('/v1/runs/{id}', { id: 'a' })).toEqual({ id: 'a' })
  })
})
