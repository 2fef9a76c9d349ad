import { z } from 'zod'
import { readLog } from '../../../../ledger/logs/read-log.ts'
import { parseInput } from '../../../../ledger/parse-input.ts'
import { getRun } from '../../../../ledger/runs/get-run.ts'
import { rawLog } from '../../../../run/raw-log.ts'
import { isFinal } from '../../../../run/transitions.ts'
import type { Page } from '../../page.ts'
import { paths } from '../../paths.ts'
import { lineRows } from './line-rows.ts'
import { askedWindow, readWindow } from './read-window.ts'

/** Lines of a log alone, for a page that has others already: its headers say which they are, and whether more may come. */
export const logLinesPage: Page = {
  method: 'get',
  path: paths.runLogLines('{id}'),
  scope: 'runs:read',
  async handler({ c, ctx, params, query, reader }) {
    const id = params.id ?? ''
    // Read before the log: what is printed before the end is there by then.
    const { state } = await getRun(ctx, { id })
    const { from, to, total, lines } = await readWindow(ctx, id, askedWindow(query))
    c.header('Cache-Control', 'no-store')
    c.header('Log-From', String(from))
    c.header('Log-To', String(to))
    c.header('Log-Total', String(total))
    if (isFinal(state)) c.header('Log-Over', 'true')
    return c.html(lineRows(reader, { runId: id, lines }))
  },
}

const Asked = z.object({ format: z.enum(['text', 'raw']).default('text') })

/** The whole log as a file, streamed. */
export const logFilePage: Page = {
  method: 'get',
  path: paths.runLogFile('{id}'),
  scope: 'runs:read',
  async handler({ c, ctx, params, query }) {
    const id = params.id ?? ''
    const { format } = parseInput(Asked, query)
    const { to, body } = await readLog(ctx, { id })
    c.header('Content-Type', 'text/plain; charset=utf-8')
    c.header('Content-Disposition', `attachment; filename="${id}.log"`)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Cache-Control', 'no-store')
    if (format === 'text') c.header('Content-Length', String(to))
    if (c.req.method === 'HEAD') return c.body(null)
    const text = ReadableStream.from<Uint8Array>(body)
    return c.body(format === 'raw' ? text.pipeThrough(rawLog()) : text)
  },
}
