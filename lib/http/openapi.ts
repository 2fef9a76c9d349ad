import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import { z } from 'zod'
import { RunId } from '../run/ids.ts'
import { Problem } from './problem.ts'
import type { Route, RouteResponse } from './route.ts'

/** What a document says besides its routes. */
export interface ApiInfo {
  title: string
  version: string
  description: string
  /** What the tags of the routes stand for. */
  tags: Record<string, string>
}

/** The OpenAPI 3.1 document of these routes, from the schemas that validate. */
export function toOpenApi(routes: Route[], { tags: described, ...info }: ApiInfo) {
  const registry = new OpenAPIRegistry()
  const bearer = registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description: 'A key: `Authorization: Bearer rl_<id>_<secret>`',
  })
  for (const route of routes) registry.registerPath(toPath(route, bearer.name))
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({
    name,
    description: described[name] ?? name,
  }))
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { ...info, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'This server' }],
    tags,
    security: [{ [bearer.name]: [] }],
  })
  return withPlainPatterns(document)
}

/** The generator leaves a pattern's flag at its end (`…$/u`); JSON Schema has none and reads every pattern as Unicode. */
function withPlainPatterns<T>(document: T): T {
  const plain = (key: string, value: unknown) =>
    key === 'pattern' && typeof value === 'string' ? value.replace(/\/u$/, '') : value
  return JSON.parse(JSON.stringify(document), plain) as T
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
      ...(route.rawBody ? { body: rawBody(route.rawBody.contentType) } : {}),
    },
    responses: mapValues({ ...route.responses, ...problems(route) }, toResponse),
  }
}

const rawBody = (contentType: string) => ({
  required: true,
  content: { [contentType]: { schema: { type: 'string' as const } } },
})

const PROBLEM = { schema: Problem, contentType: 'application/problem+json' }

/** An error is a problem unless the route says otherwise. */
function toResponse(response: RouteResponse, status: string) {
  const isError = Number(status) >= 400
  const {
    description,
    schema,
    contentType = 'application/json',
    headers = {},
  } = isError ? { ...PROBLEM, ...response } : response
  return {
    description,
    headers: mapValues({ 'X-Request-Id': 'The id of this request', ...headers }, (text) => ({
      description: text,
      schema: { type: 'string' as const },
    })),
    ...(schema
      ? { content: Object.fromEntries([contentType].flat().map((type) => [type, { schema }])) }
      : {}),
  }
}

/** What may go wrong with any route, as far as this one does not tell of it itself. */
function problems(route: Route): Record<string, RouteResponse> {
  const statuses: Record<number, string> = {
    401: 'No key, or none that is valid',
    403: `The key lacks the scope ${route.scope}, or belongs to another project`,
    ...(route.path.includes('{') ? { 404: 'There is none, or none that this key may see' } : {}),
    ...(route.body || route.rawBody || route.query || route.path.includes('{')
      ? { 422: 'Something in the request must be changed' }
      : {}),
    ...(route.body || route.rawBody ? { 413: 'The body is too large' } : {}),
    503: 'The database cannot be reached; try again after `Retry-After`',
  }
  const known = Object.keys(route.responses)
  const extra = Object.entries(statuses).filter(([status]) => !known.includes(status))
  return Object.fromEntries(extra.map(([status, description]) => [status, { description }]))
}

function mapValues<T, U>(record: Record<string, T>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]))
}
