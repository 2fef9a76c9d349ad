import { ERROR_CODES, type ErrorCode, LedgerError } from '../run/errors.ts'
import type { Verbs } from './verbs.ts'

export interface RemoteOptions {
  url: string
  key: string
  fetch?: typeof fetch
  /** How long one request may take. */
  timeoutMs?: number
}

/** The same verbs, spoken to a server's `/v1`. A server that cannot be reached throws `unavailable`. */
export function remoteVerbs(options: RemoteOptions): Verbs {
  const call = caller(options)
  return {
    startRun: async (input) => {
      const { body, headers } = await call('POST', '/v1/runs:start', input)
      return { ...body, replayed: headers.has('idempotency-replayed') } as Awaited<
        ReturnType<Verbs['startRun']>
      >
    },
    heartbeatRun: async (input) =>
      (await call('POST', '/v1/runs:heartbeat', { runs: [input] }).then(onlyItem)) as never,
    succeedRun: (input) => complete(call, { ...input, outcome: 'succeeded' }),
    failRun: (input) => complete(call, { ...input, outcome: 'failed' }),
    getRun: async ({ id }) => (await call('GET', `/v1/runs/${encodeURIComponent(id)}`)).body as never,
    createKey: async (input) => (await call('POST', '/v1/keys', input)).body as never,
    listKeys: async (input) =>
      (await call('GET', `/v1/keys?${new URLSearchParams(definedOf(input ?? {}))}`)).body as never,
    rotateKey: async ({ id }) =>
      (await call('POST', `/v1/keys/${encodeURIComponent(id)}:rotate`)).body as never,
    revokeKey: async ({ id }) =>
      (await call('POST', `/v1/keys/${encodeURIComponent(id)}:revoke`)).body as never,
  }
}

interface Answer {
  body: Record<string, unknown>
  headers: Headers
}
type Call = (method: string, path: string, body?: unknown) => Promise<Answer>

async function complete(call: Call, item: object): ReturnType<Verbs['failRun']> {
  const { run } = await call('POST', '/v1/runs:complete', { runs: [item] }).then(onlyItem)
  return { run, replayed: false } as Awaited<ReturnType<Verbs['failRun']>>
}

/** A batch of one: the token names the run, so the same call serves whichever run it is. */
function onlyItem({ body }: Answer): Record<string, unknown> {
  const [item] = body.data as Record<string, unknown>[]
  if (item?.problem) throw toError(item.problem as Record<string, unknown>)
  return item as Record<string, unknown>
}

const TIMEOUT_MS = 15_000

function caller({ url, key, fetch: send = fetch, timeoutMs = TIMEOUT_MS }: RemoteOptions): Call {
  return async (method, path, body) => {
    const response = await send(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'manual',
    }).catch((cause: Error) => {
      throw new LedgerError('unavailable', `cannot reach ${url}: ${reasonOf(cause)}`, { cause })
    })
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>
    if (response.ok) return { body: answer, headers: response.headers }
    throw toError({ detail: `${url} answered ${response.status}`, status: response.status, ...answer })
  }
}

function reasonOf(error: Error): string {
  const { code, message } = (error.cause ?? error) as { code?: string; message?: string }
  return code ?? message ?? String(error)
}

function toError(problem: Record<string, unknown>): LedgerError {
  const known = ERROR_CODES.includes(problem.code as ErrorCode)
  const code = known
    ? (problem.code as ErrorCode)
    : Number(problem.status) === 404
      ? 'not_found'
      : 'unavailable'
  return new LedgerError(code, String(problem.detail), {
    issues: (problem.errors ?? []) as LedgerError['issues'],
  })
}

function definedOf(input: object): Record<string, string> {
  const entries = Object.entries(input).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]))
}
