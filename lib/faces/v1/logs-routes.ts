import { z } from 'zod'
import { type AskedRange, parseRange } from '../../http/parse-range.ts'
import type { Call, Route } from '../../http/route.ts'
import { AppendLog, appendLog } from '../../ledger/logs/append-log.ts'
import { followLog } from '../../ledger/logs/follow-log.ts'
import { type LogPart, ReadLog, readLog } from '../../ledger/logs/read-log.ts'
import { LogMatches, SearchLog, searchLog } from '../../ledger/logs/search-log.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { LIMITS } from '../../run/limits.ts'
import { rawLog } from '../../run/raw-log.ts'
import { leaseLostResponse, limitedResponse } from './shapes.ts'

const TEXT = 'text/plain; charset=utf-8'

/** What of a log is asked for, besides the `Range`. */
const GetLog = z.strictObject({
  format: z
    .enum(['text', 'raw'])
    .default('text')
    .meta({ description: '`raw`: as it was printed, without time and run before each line' }),
  from: ReadLog.shape.from,
  to: ReadLog.shape.to,
  tail: ReadLog.shape.tail,
  follow: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: 'Stream what comes until the run ends, or for 240 s', example: 'true' }),
})
type Format = z.output<typeof GetLog>['format']

/** A run's log: written in chunks by whoever holds the run, read by people. */
export const logsRoutes: Route[] = [
  {
    method: 'post',
    path: '/v1/runs/{id}/logs',
    operationId: 'appendLog',
    summary: 'Add a chunk to the log',
    description:
      'Of the attempt that holds the run. A chunk ends where a line ends. The same chunk again is accepted once; one that ' +
      'does not begin where the log ends is a conflict whose `expectedOffset` says where that is. Secrets are overwritten ' +
      'with `*`.',
    tag: 'Logs',
    scope: 'runs:work',
    headers: z.object({
      'lease-token': AppendLog.shape.leaseToken,
      'log-offset': AppendLog.shape.offset,
    }),
    rawBody: { contentType: 'text/plain', bytes: LIMITS.logChunkBytes },
    responses: {
      200: {
        description: 'It is kept',
        schema: z.object({
          nextOffset: z.number().int().meta({ description: 'Where the next chunk begins' }),
        }),
      },
      409: { ...leaseLostResponse, description: `A gap; or ${leaseLostResponse.description}` },
    },
    async handler({ c, ctx, params, bytes }) {
      const offset = /^\d+$/.test(c.req.header('log-offset') ?? '') ? c.req.header('log-offset') : Number.NaN
      const chunk = {
        id: params.id as string,
        leaseToken: c.req.header('lease-token') as string,
        offset: Number(offset),
        bytes,
      }
      return c.json(await appendLog(ctx, chunk))
    },
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/logs',
    operationId: 'getLog',
    summary: 'Read the log',
    description:
      'What all attempts have printed, one after the other, the same while the run goes on and after. `Log-Offset` says where ' +
      'in the log the answer begins. A stream that ended before the run (`follow`) is taken up again `from` there plus what ' +
      'was read.',
    tag: 'Logs',
    scope: 'runs:read',
    query: GetLog,
    headers: z.object({ range: z.string().optional().meta({ example: 'bytes=1024-' }) }),
    responses: {
      200: {
        description: 'The log, or a part of it',
        contentType: 'text/plain',
        schema: z.string(),
        headers: { 'Log-Offset': 'Where in the log it begins', 'Log-Bytes': 'Of the whole log' },
      },
      206: {
        description: 'The part that a `Range` asked for',
        contentType: 'text/plain',
        schema: z.string(),
        headers: { 'Content-Range': 'Which', 'Log-Offset': 'Where in the log it begins' },
      },
      416: { description: 'The part begins beyond the end' },
    },
    handler: getLog,
  },
  {
    method: 'get',
    path: '/v1/runs/{id}/logs/search',
    operationId: 'searchLog',
    summary: 'Search the log',
    description:
      'The lines with a text in what was printed, whatever its capitals and colours. An answer ends after `limit` lines, 256 MB, or ' +
      'some two seconds, and `nextFrom` goes on: where it is not null there may be more, also after an answer without lines.',
    tag: 'Logs',
    scope: 'runs:read',
    query: SearchLog.omit({ id: true }),
    responses: {
      200: { description: 'The lines that were found', schema: LogMatches },
      429: limitedResponse,
    },
    handler: async ({ c, ctx, params, query }) =>
      c.json(await searchLog(ctx, { ...query, id: params.id } as SearchLog)),
  },
]

async function getLog(call: Call): Promise<Response> {
  const { format, follow: isFollowed, ...part } = parseInput(GetLog, call.query)
  const id = call.params.id as string
  const isRanged = Object.values(part).every((value) => value === undefined)
  const range = isRanged ? parseRange(call.c.req.header('range')) : null
  if (isFollowed) return follow(call, format, range === null ? part : await partOf(call, id, range))
  if (range === null) return answer(call, format, await readLog(call.ctx, { id, ...part }))
  const found = await partOf(call, id, range)
  if (found.from >= found.total) return call.c.body(null, 416, { 'Content-Range': `bytes */${found.total}` })
  const read = await readLog(call.ctx, { id, from: found.from, to: found.to })
  call.c.status(206)
  call.c.header('Content-Range', `bytes ${read.from}-${read.to - 1}/${read.total}`)
  return answer(call, format, read)
}

/** What a range is in a log as long as it is now. */
async function partOf({ ctx }: Call, id: string, range: AskedRange) {
  const { total } = await readLog(ctx, { id, from: 0, to: 0 })
  if ('last' in range) return { from: Math.max(0, total - range.last), to: undefined, total }
  return { from: range.first, to: range.to, total }
}

function answer({ c, ctx }: Call, format: Format, { from, to, total, body }: LogPart): Response {
  c.header('Accept-Ranges', 'bytes')
  c.header('Log-Bytes', String(total))
  if (format === 'text') c.header('Content-Length', String(to - from))
  return streamed(c, format, { from, body: watched(ctx, body) })
}

async function follow(
  { c, ctx, params }: Call,
  format: Format,
  { from: first, tail }: Pick<ReadLog, 'from' | 'tail'>,
): Promise<Response> {
  const asked = { id: params.id as string, from: first, tail }
  const { from, body } = await followLog(ctx, asked, c.req.raw.signal)
  c.header('X-Accel-Buffering', 'no')
  return streamed(c, format, { from, body: watched(ctx, body) })
}

/** The answer has begun when it breaks off: the reader sees it end too soon, and the server's log says why. */
async function* watched({ log }: Call['ctx'], body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    log.error('a stream of a log broke off', { error })
    throw error
  }
}

/** Pulled as fast as it is read, and let go of when the reader goes. */
function streamed(c: Call['c'], format: Format, { from, body }: Pick<LogPart, 'from' | 'body'>): Response {
  c.header('Content-Type', TEXT)
  c.header('Cache-Control', 'no-store')
  c.header('Log-Offset', String(from))
  // Its headers are all that whoever asks by HEAD is told; a stream would be opened, and never read.
  if (c.req.method === 'HEAD') return c.body(null)
  const text = ReadableStream.from<Uint8Array>(body)
  return c.body(format === 'raw' ? text.pipeThrough(rawLog()) : text)
}
