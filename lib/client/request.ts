import type { z } from 'zod'
import { LedgerError } from '../run/errors.ts'
import { fromProblem, isOurs, strangeAnswer, unreachable } from './errors.ts'
import { Limit } from './limit.ts'

export interface RemoteOptions {
  /** Where the server is; a path in it is kept. */
  url: string
  key: string
  /** Ends every request in work when it aborts. */
  signal?: AbortSignal
  /** How long one request may take; a claim may wait for work besides. Default: 15 s. */
  timeoutMs?: number
  /** How often a request is tried again where that is safe. Default: 0. */
  retries?: number
  /** Default: the runtime's own. */
  fetch?: typeof fetch
}

/** One request to the API. */
export interface ApiRequest {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  /** What is undefined is left out; lists are joined by commas. */
  query?: object | undefined
  body?: unknown
  /** A body that is no JSON, in place of `body`; its type is among the headers. */
  bytes?: Uint8Array
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  /** Besides the usual timeout. */
  waitMs?: number
  /** Sent twice, it is done once: it may be tried again when nobody knows whether it was done. */
  repeatable: boolean
}

export interface Answer<T> {
  body: T
  headers: Headers
}

/**
 * Sends it, and knows the answer for one of ours by `shape`; the rest of it is taken as it is, for a newer server may say
 * more. Throws the server's error, and `unavailable` where none answers, or one that is not ours.
 */
export type Call = <T>(request: ApiRequest, shape: z.ZodType) => Promise<Answer<T>>

/** Opens an answer without reading its body, within a limit that the caller releases. */
export type Open = (request: ApiRequest, limit: Limit) => Promise<Response>

export const TIMEOUT_MS = 15_000

/** What speaks to one server. Throws `invalid` for a URL or a key that can be none, and for what cannot be sent. */
export function connect(options: RemoteOptions): { call: Call; open: Open } {
  const { url, timeoutMs = TIMEOUT_MS } = options
  const server = checkServer(url)
  const key = checkKey(options.key)
  const send = options.fetch ?? fetch
  const open: Open = async (request, limit) => {
    const [target, init] = toMessage(server, key, request)
    try {
      return await send(target, { ...init, signal: limit.signal })
    } catch (cause) {
      throw unreachable(url, cause as Error)
    }
  }
  const call: Call = async (request, shape) => {
    const limit = new Limit([options.signal, request.signal])
    limit.endsIn(timeoutMs + (request.waitMs ?? 0))
    try {
      const response = await open(request, limit)
      const answer = await readAnswer(url, response)
      const known = shape.safeParse(answer)
      if (known.success) return { body: answer as never, headers: response.headers }
      throw new LedgerError('unavailable', `${url} does not answer as a Runledger server does`)
    } finally {
      limit.release()
    }
  }
  return { call, open }
}

/** The JSON of a good answer. Throws the error that a bad one tells of. */
export async function readAnswer(url: string, response: Response): Promise<object> {
  const text = await response.text().catch((cause) => {
    throw unreachable(url, cause)
  })
  const answer = parseObject(text)
  if (response.ok) return answer
  if (!isOurs(answer)) throw strangeAnswer(url, response)
  const { status, headers } = response
  throw fromProblem({ detail: `${url} answers ${status}`, status, ...answer }, headers)
}

/** The base of all paths. What is none is not shown, for it may hold a password. */
function checkServer(url: string): string {
  const parsed = URL.parse(url)
  const isHttp = parsed?.protocol === 'http:' || parsed?.protocol === 'https:'
  if (!isHttp || parsed.username !== '' || parsed.password !== '')
    throw invalid('url', 'must be http://… or https://…, without a user or a password')
  return url.endsWith('/') ? url : `${url}/`
}

/** A header loses what stands at its ends. */
function checkKey(key: string): string {
  const text = typeof key === 'string' ? key.trim() : ''
  if (/^[\x21-\x7e]+$/.test(text)) return text
  throw invalid('apiKey', 'must be a key, which has printable ASCII alone, without spaces or line breaks')
}

/** What to fetch. Throws `invalid` for what no request can carry. */
function toMessage(server: string, key: string, request: ApiRequest): [URL, RequestInit] {
  const { method, path, query, body, bytes, headers } = request
  try {
    const target = new URL(path.slice(1), server)
    target.search = new URLSearchParams(definedOf(query ?? {})).toString()
    const init: RequestInit = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(bytes === undefined ? {} : { body: bytes }),
      redirect: 'manual',
    }
    return [target, init]
  } catch (cause) {
    const [why] = String((cause as Error)?.message ?? cause).split('\n', 1)
    throw new LedgerError('invalid', `this cannot be sent as JSON: ${why}`, { cause })
  }
}

function invalid(path: string, message: string): LedgerError {
  return new LedgerError('invalid', `${path}: ${message}`, { issues: [{ path, message }] })
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function definedOf(query: object): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}
