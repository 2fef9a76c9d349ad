import type { Context as HonoContext } from 'hono'
import type { FetchedOutput, FetchOutput } from '../ledger/outputs/fetch-output.ts'
import { fileNameOf } from '../run/output-path.ts'
import { parseRange } from './parse-range.ts'

type AskedPart = Pick<FetchOutput, 'range'>

/** The part of a file that is asked for: only a range that begins somewhere, of whoever goes on with a file that broke off. */
export function askedPart(c: HonoContext): AskedPart {
  const range = parseRange(c.req.header('range'))
  if (range === null || !('first' in range)) return {}
  return {
    range: range.to === undefined ? { start: range.first } : { start: range.first, end: range.to - 1 },
  }
}

/** A file of a run: where it is, or out of an archive its bytes; always as an attachment, never as something to be shown. */
export async function sendOutput(c: HonoContext, fetched: FetchedOutput): Promise<Response> {
  c.header('Cache-Control', 'no-store')
  return fetched.from === 'store' ? c.redirect(fetched.url) : await archived(c, fetched)
}

async function archived(
  c: HonoContext,
  { output, body }: Extract<FetchedOutput, { from: 'archive' }>,
): Promise<Response> {
  const { range } = askedPart(c)
  const { start, end = output.bytes - 1 } = range ?? { start: 0 }
  const last = Math.min(end, output.bytes - 1)
  c.header('Content-Type', 'application/octet-stream')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header(
    'Content-Disposition',
    `attachment; filename*=UTF-8''${encodeURIComponent(fileNameOf(output.path))}`,
  )
  c.header('Accept-Ranges', 'bytes')
  c.header('Content-Length', String(last - start + 1))
  if (range !== undefined) {
    c.status(206)
    c.header('Content-Range', `bytes ${start}-${last}/${output.bytes}`)
  }
  if (c.req.method !== 'HEAD') return c.body(body)
  await body.cancel()
  return c.body(null)
}
