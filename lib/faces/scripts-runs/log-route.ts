import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import { askedRun } from '../../http/asked-run.ts'
import type { Route } from '../../http/route.ts'
import { ReadLog, readLog } from '../../ledger/logs/read-log.ts'
import { parseInput } from '../../ledger/parse-input.ts'

const GetLog = z.object({ tail: ReadLog.shape.tail })

/** What source 000's clients read from `logFile` themselves, on one machine with what ran. */
export const logRoute: Route = {
  method: 'get',
  path: '/scripts/runs/{id}/log',
  operationId: 'getScriptRunLog',
  summary: 'What a run has printed',
  description:
    'Lines as they are in its log file, also out of its archive. `/v1/runs/{id}/logs` reads parts, and follows one that grows.',
  tag: 'Script runs',
  scope: 'runs:read',
  query: GetLog,
  responses: { 200: { description: 'The log', contentType: 'text/plain', schema: z.string() } },
  async handler(call) {
    const { c, ctx, query } = call
    const { tail } = parseInput(GetLog, givenOf(query))
    const { from, to, body } = await readLog(ctx, { id: askedRun(call), tail })
    c.header('Content-Type', 'text/plain; charset=utf-8')
    c.header('Content-Length', String(to - from))
    c.header('Cache-Control', 'no-store')
    if (c.req.method === 'HEAD') return c.body(null)
    return c.body(ReadableStream.from<Uint8Array>(body))
  },
}
