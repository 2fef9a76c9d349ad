import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { RunId } from '../run/ids.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

/** The OpenAPI 3.1 document of these routes, from the schemas that validate. */
export function toOpenApi(routes: Route[], info: { title: string; version: string; description: string }) {
  const registry = new OpenAPIRegistry()
  const bearer = registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key: `Authorization: Bearer rl_<id>_<secret>`',
  })
  for (const route of routes) registry.registerPath(toPath(route, bearer.name))
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name }))
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'This server' }],
    tags,
    security: [{ [bearer.name]: [] }],
  })
}

function toPath(route: Route, security: string): RouteConfig {
  const params = route.params ?? (route.path.includes('{id}') ? z.object({ id: RunId }) : undefined)
  const { query, headers } = route
  return {
    method: route.method,
    path: route.path,
    operationId: route.operationId,
    summary: route.summary,
    description: `${route.description ? `${route.description}\n\n` : ''}Scope: \`${route.scope}\`.`,
    tags: [route.tag],
    security: [{ [security]: [] }],
    request: {
      ...(params ? { params } : {}),
      ...(query ? { query } : {}),
      ...(headers ? { headers } : {}),
      ...(route.body
        ? { body: { required: !route.bodyOptional, content: { 'application/json': { schema: route.body } } } }
        : {}),
    },
    responses: { ...mapValues(route.responses, toResponse), ...problems(route) },
  }
}

function toResponse({
  description,
  schema,
  contentType = 'application/json',
  headers = {},
}: Route['responses'][number]) {
  return {
    description,
    headers: mapValues({ 'X-Request-Id': 'The id of this request', ...headers }, (text) => ({
      description: text,
      schema: { type: 'string' as const },
    })),
    ...(schema ? { content: { [contentType]: { schema } } } : {}),
  }
}

function problems(route: Route) {
  const statuses: Record<number, string> = {
    401: 'No key, or none that is valid',
    403: `The key lacks the scope ${route.scope}, or belongs to another project`,
    ...(route.path.includes('{') ? { 404: 'There is none, or none that this key may see' } : {}),
    ...(route.body || route.query || route.path.includes('{')
      ? { 422: 'Something in the request must be changed' }
      : {}),
    ...(route.body ? { 413: 'The body is too large' } : {}),
    503: 'The database cannot be reached; try again after `Retry-After`',
  }
  const known = Object.keys(route.responses)
  const extra = Object.fromEntries(Object.entries(statuses).filter(([status]) => !known.includes(status)))
  return mapValues(extra, (description) =>
    toResponse({ description, schema: Problem, contentType: 'application/problem+json' }),
  )
}

function mapValues<T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}
