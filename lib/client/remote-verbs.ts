import { z } from 'zod'
import { ERROR_CODES, type ErrorCode, LedgerError } from '../run/errors.ts'
import type { Verbs } from './verbs.ts'

export interface RemoteOptions {
  url: string
  key: string
  /** Ends every request in work when it aborts. */
  signal?: AbortSignal
  /** How long one request may take. */
  timeoutMs?: number
}

/**
 * The same verbs, spoken to a server's `/v1`. A server that cannot be reached, or does not answer as one of ours, throws
 * `unavailable`.
 */
export function remoteVerbs(options: RemoteOptions): Verbs {
  const call = caller(options)
  return {
    startRun: async (input) => {
      const { body, headers } = await call('POST', '/v1/runs:start', Started, input)
      return { ...body, replayed: headers.has('idempotency-replayed') } as never
    },
    heartbeatRun: async (input) =>
      (await call('POST', '/v1/runs:heartbeat', Batch, { runs: [input] }).then(onlyItem)) as never,
    succeedRun: (input) => complete(call, { ...input, outcome: 'succeeded' }),
    failRun: (input) => complete(call, { ...input, outcome: 'failed' }),
    getRun: async ({ id }) =>
      (await call('GET', `/v1/runs/${encodeURIComponent(id)}`, Identified)).body as never,
    createKey: async (input) => (await call('POST', '/v1/keys', Identified, input)).body as never,
    listKeys: async (input) =>
      (await call('GET', `/v1/keys?${new URLSearchParams(definedOf(input ?? {}))}`, Page)).body as never,
    rotateKey: async ({ id }) =>
      (await call('POST', `/v1/keys/${encodeURIComponent(id)}:rotate`, Identified)).body as never,
    revokeKey: async ({ id }) =>
      (await call('POST', `/v1/keys/${encodeURIComponent(id)}:revoke`, Identified)).body as never,
  }
}

// By these an answer is known for one of ours. The rest is taken as it is: a newer server may say more.
const Identified = z.looseObject({ id: z.string() })
const Started = z.looseObject({ run: Identified, leaseToken: z.string() })
const Batch = z.looseObject({ data: z.tuple([z.looseObject({ status: z.number() })]) })
const Page = z.looseObject({ data: z.array(Identified), nextCursor: z.string().nullable() })

type Call = <S extends z.ZodType>(
  method: string,
  path: string,
  shape: S,
  body?: unknown,
) => Promise<{ body: z.output<S>; headers: Headers }>

async function complete(call: Call, item: object): ReturnType<Verbs['failRun']> {
  const { run } = onlyItem(await call('POST', '/v1/runs:complete', Batch, { runs: [item] }))
  return { run, replayed: false } as Awaited<ReturnType<Verbs['failRun']>>
}

/** A batch of one: the token names the run, so the same call serves whichever run it is. */
function onlyItem({ body }: { body: z.output<typeof Batch> }): Record<string, unknown> {
  const [item] = body.data
  if (item.problem) throw toError(item.problem as Record<string, unknown>)
  return item
}

const TIMEOUT_MS = 15_000

function caller({ url, key, signal, timeoutMs = TIMEOUT_MS }: RemoteOptions): Call {
  return async (method, path, shape, body) => {
    const request = {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]),
      redirect: 'manual' as const,
    }
    const { ok, status, headers, text } = await exchange(new URL(path, url), request).catch(
      (cause: Error) => {
        throw new LedgerError('unavailable', `cannot reach ${url}: ${reasonOf(cause)}`, { cause })
      },
    )
    const answer = parseObject(text)
    if (!ok) {
      const moved = headers.has('location') ? `, and points to ${headers.get('location')}` : ''
      throw toError({ detail: `${url} answers ${status}${moved}`, status, ...answer })
    }
    const known = shape.safeParse(answer)
    if (known.success) return { body: known.data, headers }
    throw new LedgerError('unavailable', `${url} does not answer as a Runledger server does`)
  }
}

async function exchange(url: URL, request: RequestInit) {
  const response = await fetch(url, request)
  const { ok, status, headers } = response
  return { ok, status, headers, text: await response.text() }
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function reasonOf(error: Error): string {
  const { name, code, message } = (error.cause ?? error) as { name?: string; code?: string; message?: string }
  if (name === 'TimeoutError') return 'no answer in time'
  return (typeof code === 'string' && code) || message || String(error)
}

/** What answers without a problem of ours (a proxy, say) is told by its status. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  422: 'invalid',
  429: 'limited',
}

function toError({ code, status, detail, errors }: Record<string, unknown>): LedgerError {
  const known = ERROR_CODES.includes(code as ErrorCode)
    ? (code as ErrorCode)
    : (CODE_OF_STATUS[Number(status)] ?? 'unavailable')
  return new LedgerError(known, String(detail), {
    issues: Array.isArray(errors) ? (errors as LedgerError['issues']) : [],
  })
}

function definedOf(input: object): Record<string, string> {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]))
}
