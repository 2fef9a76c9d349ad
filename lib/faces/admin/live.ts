import { Hono, type Context as HonoContext } from 'hono'
import { TrieRouter } from 'hono/router/trie-router'
import { streamSSE } from 'hono/streaming'
import { toParams, toPattern } from '../../http/path-pattern.ts'
import type { Ports } from '../../ports/context.ts'
import { type ErrorCode, isLedgerError, LedgerError } from '../../run/errors.ts'
import { callOf, readerOf } from './mount-pages.ts'
import { countStream } from './open-streams.ts'
import type { Page, View } from './page.ts'

/** As long as a function may go on; the browser comes back by itself. */
const STREAM_MS = 240_000
const COME_BACK_MS = 1_000
const HERE = 'http://here'
/** The page itself says why. */
const OVER = new Set<ErrorCode>(['unauthorized', 'forbidden', 'not_found'])

/**
 * `GET /admin/live?page=…`: the page anew each time it has changed, as server-sent events (`page`), since an EventSource sends no
 * Authorization and cannot be asked to; and its title (`title`). What stays as it is from then on says so once it was sent (`still`). Who
 * reads is found out before each: a session that has ended ends the stream (`over`), as does what is no longer there, or no longer for them.
 */
export function liveRoute(pages: Page[], openPorts: () => Promise<Ports>): Hono {
  const router = new TrieRouter<Page>()
  for (const page of pages) if (page.isLive) router.add('GET', toPattern(page.path), page)
  return new Hono().get('/admin/live', async (c) => {
    const ports = await openPorts()
    const { actor } = await readerOf(c, ports)
    const url = URL.parse(c.req.query('page') ?? '', HERE)
    const [[found]] = router.match('GET', url?.origin === HERE ? url.pathname : '')
    if (url === null || found === undefined) throw new LedgerError('not_found', 'there is no such page')
    const [page, params] = found
    const at = {
      params: toParams(page.path, params as Record<string, string>),
      query: Object.fromEntries(url.searchParams),
    }
    const make = async () => await page.handler(await callOf(c, page, ports, at))
    const first = await make()
    if (first instanceof Response) {
      await first.body?.cancel()
      return c.body(null, 204)
    }
    return stream(c, ports, { first, make, release: countStream(actor) })
  })
}

function stream(
  c: HonoContext,
  ports: Ports,
  { first, make, release }: { first: View; make: () => Promise<View | Response>; release: () => void },
): Response {
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (sse) => {
    const gone = new AbortController()
    c.req.raw.signal.addEventListener('abort', () => gone.abort())
    sse.onAbort(() => gone.abort())
    const began = ports.now()
    let sent = ''
    let title = ''
    try {
      for (let view: View | Response = first; !(view instanceof Response); view = await make()) {
        const body = String(await view.body)
        if (body !== sent) await sse.writeSSE({ event: 'page', data: body, retry: COME_BACK_MS })
        else await sse.write(': alive\n\n')
        sent = body
        if (view.title !== title) await sse.writeSSE({ event: 'title', data: view.title })
        title = view.title
        if (view.refresh === undefined) return void (await sse.writeSSE({ event: 'still', data: '' }))
        // Nothing is emitted there: it is the way to wait that ends with the request.
        await ports.signals.wait('nothing', view.refresh * 1_000, gone.signal)
        if (gone.signal.aborted || ports.now() - began > STREAM_MS) return
      }
    } catch (error) {
      if (isLedgerError(error) && OVER.has(error.code))
        return void (await sse.writeSSE({ event: 'over', data: '' }))
      // The answer has begun: the reader sees it end, and comes back.
      ports.log.warn('a live page broke off', { error })
    } finally {
      release()
    }
  })
}
