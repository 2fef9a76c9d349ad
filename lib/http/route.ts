import type { Context as HonoContext } from 'hono'
import type { z } from 'zod'
import type { Scope } from '../ports/actor.ts'
import type { Context } from '../ports/context.ts'

export const JSON_BODY_BYTES = 1_048_576
export const BATCH_BODY_BYTES = 4_194_304

/** A route as data: what it is called, who may, what goes in and comes out, and what it does. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'delete'
  /** As in the documentation: `/v1/runs/{id}:cancel`. */
  path: string
  operationId: string
  summary: string
  description?: string
  tag: string
  /** The scope of the verb it calls, which checks it; here for the documentation and the tests. */
  scope: Scope
  /** Of the path. Default: an `id`, where the path has one. */
  params?: z.ZodObject
  query?: z.ZodObject
  headers?: z.ZodObject
  /** The body's schema. A route without one reads no body. */
  body?: z.ZodType
  bodyOptional?: boolean
  /** Default: 1 MB. */
  bodyBytes?: number
  /** A body that is no JSON, and how much of it at most. */
  rawBody?: { contentType: string; bytes: number }
  /** Answers with an `ETag` and 304. */
  etag?: boolean
  responses: Record<number, RouteResponse>
  handler: (call: Call) => Promise<Response>
}

export interface RouteResponse {
  description: string
  schema?: z.ZodType
  /** One, or each of those that it may have. Default: JSON. */
  contentType?: string | string[]
  headers?: Record<string, string>
}

/** One request on its way to a verb. */
export interface Call {
  c: HonoContext
  ctx: Context
  params: Record<string, string>
  query: Record<string, string>
  /** Parsed JSON; undefined where the request has no body. */
  body: unknown
  /** The body of a route with `rawBody`; empty for the others. */
  bytes: Uint8Array
}
