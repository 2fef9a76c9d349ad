import { z } from 'zod'
import type { Appended } from '../ledger/logs/append-log.ts'
import type { LogStream } from '../ledger/logs/follow-log.ts'
import type { LogMatches } from '../ledger/logs/search-log.ts'
import { LedgerError } from '../run/errors.ts'
import { Matches } from './answers.ts'
import { unreachable } from './errors.ts'
import { followWholeLog } from './follow-log.ts'
import { Limit } from './limit.ts'
import { readBody } from './read-body.ts'
import {
  type ApiRequest,
  type Call,
  type Open,
  type RemoteOptions,
  readAnswer,
  TIMEOUT_MS,
} from './request.ts'
import { runPath } from './run-calls.ts'
import type { Verbs } from './verbs.ts'

type LogVerbs = Pick<Verbs, 'appendLog' | 'readLog' | 'searchLog' | 'followLog'>

const Kept = z.looseObject({ nextOffset: z.number() })
/** A server lets a stream last for 240 s, in which nothing may have been printed. */
const SILENCE_MS = 270_000
/** Of an archived log all that comes before is unpacked first. */
const SEARCH_MS = 45_000

/** A run's log, over HTTP. */
export function logCalls(
  { call, open }: { call: Call; open: Open },
  options: RemoteOptions,
  getRun: Verbs['getRun'],
): LogVerbs {
  const stream = (id: string, query: object, signal?: AbortSignal) =>
    openText(open, options, { method: 'GET', path: `${runPath(id)}/logs`, query, repeatable: true, signal })
  return {
    async appendLog({ id, leaseToken, offset, bytes }) {
      const headers = {
        'lease-token': leaseToken,
        'log-offset': String(offset),
        'content-type': 'text/plain',
      }
      const path = `${runPath(id)}/logs`
      return (await call<Appended>({ method: 'POST', path, bytes, headers, repeatable: true }, Kept)).body
    },
    async readLog({ id, from, to, tail }) {
      const { headers, ...part } = await stream(id, { from, to, tail })
      // Not by the length of the answer, which a proxy may have compressed.
      const total = Number(headers.get('log-bytes'))
      return { ...part, to: Math.min(Number(to ?? total), total), total }
    },
    async searchLog({ id, ...query }) {
      const path = `${runPath(id)}/logs/search`
      const asked = { path, query, repeatable: true, waitMs: SEARCH_MS }
      return (await call<LogMatches>({ method: 'GET', ...asked }, Matches)).body
    },
    followLog: (input, signal) =>
      followWholeLog(
        {
          getRun,
          followOnce: ({ id, from, tail }, until) => stream(id, { follow: true, from, tail }, until),
        },
        input,
        signal,
      ),
  }
}

async function openText(
  open: Open,
  { url, timeoutMs = TIMEOUT_MS, signal: closing }: RemoteOptions,
  request: ApiRequest,
): Promise<LogStream & { headers: Headers }> {
  const limit = new Limit([closing, request.signal])
  limit.endsIn(timeoutMs)
  try {
    const response = await open(request, limit)
    const from = Number(response.headers.get('log-offset') ?? Number.NaN)
    if (response.ok && response.body !== null && Number.isInteger(from)) {
      const gone = (cause: Error) => unreachable(url, cause)
      const body = readBody(response.body, limit, { silenceMs: SILENCE_MS, gone })
      return { from, headers: response.headers, body }
    }
    await readAnswer(url, response)
    throw new LedgerError('unavailable', `${url} does not answer as a Runledger server does`)
  } catch (error) {
    limit.release()
    throw error
  }
}
