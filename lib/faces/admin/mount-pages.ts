import { Hono, type Context as HonoContext } from 'hono'
import { logWith } from '../../http/log-with.ts'
import { toParams, toPattern } from '../../http/path-pattern.ts'
import { requestIdOf, wordsOf } from '../../http/request-facts.ts'
import { readSession } from '../../ledger/keys/sessions.ts'
import type { Ports } from '../../ports/context.ts'
import { document } from './layout/document.ts'
import type { Page, PageCall, View } from './page.ts'
import type { Reader } from './reader.ts'
import { readSessionCookie, readTheme, readZone, takeSaid } from './session/cookies.ts'
import { checkCsrf, csrfToken } from './session/csrf.ts'
import { EMPTY_FORM, readForm } from './session/read-form.ts'

/** An app that answers these pages: who reads is found out first, then the form's token is checked, then the page is made. */
export function mountPages(pages: Page[], openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  for (const page of pages)
    app.on(page.method.toUpperCase(), toPattern(page.path), async (c) => {
      const call = await callOf(c, page, await openPorts())
      const answer = await page.handler(call)
      return answer instanceof Response ? answer : show(c, answer, call.reader)
    })
  return app
}

/** One request as a page is given it. Throws `unauthorized`, `forbidden`, `invalid`. */
export async function callOf(
  c: HonoContext,
  page: Page,
  ports: Ports,
  at: { params: Record<string, string>; query: Record<string, string> } = {
    params: toParams(page.path, c.req.param()),
    query: c.req.query(),
  },
): Promise<PageCall> {
  c.set('route', page.path)
  const session = await readSession(ports, readSessionCookie(c))
  const form = page.method === 'post' ? await readForm(c) : EMPTY_FORM
  if (page.method === 'post') checkCsrf(ports.signer, { session: session.nonce }, form.get('csrf'))
  const ctx = {
    ...ports,
    log: logWith(ports.log, wordsOf(c)),
    actor: session.actor,
    requestId: requestIdOf(c),
  }
  return { c, ctx, ...at, form, reader: readerFor(c, ports, session) }
}

/** Who reads. Throws `unauthorized`. */
export async function readerOf(c: HonoContext, ports: Ports): Promise<Reader> {
  return readerFor(c, ports, await readSession(ports, readSessionCookie(c)))
}

function readerFor(
  c: HonoContext,
  ports: Ports,
  { actor, nonce }: Awaited<ReturnType<typeof readSession>>,
): Reader {
  const csrf = csrfToken(ports.signer, { session: nonce })
  return { actor, csrf, zone: readZone(c), theme: readTheme(c), now: ports.now() }
}

/** A page as an answer: never kept by a browser or a proxy, for it is for one reader; null: nobody knows who reads it. */
export function show(c: HonoContext, view: View, reader: Reader | null): Response | Promise<Response> {
  c.header('Cache-Control', 'no-store')
  // A page that looks after itself leaves what was said to the one that is loaded.
  const said = c.req.header('x-live') === undefined ? takeSaid(c) : null
  return c.html(document(view, { reader, said, path: pathOf(c) }), view.status ?? 200)
}

/** What was asked for, with its query. */
export function pathOf(c: HonoContext): string {
  const { pathname, search } = new URL(c.req.url)
  return `${pathname}${search}`
}
