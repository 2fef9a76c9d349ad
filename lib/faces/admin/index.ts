import { Hono, type Context as HonoContext } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { answerError } from '../../http/answer-error.ts'
import { requestIdOf } from '../../http/request-facts.ts'
import type { Ports } from '../../ports/context.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import { alertsPages } from './alerts/index.ts'
import { auditPages } from './audit/index.ts'
import { cronPages } from './cron/index.ts'
import { keysPages } from './keys/index.ts'
import { errorView } from './layout/error-view.ts'
import { liveRoute } from './live.ts'
import { mountPages, pathOf, readerOf, show } from './mount-pages.ts'
import { openAgain } from './open-again.ts'
import { overviewPages } from './overview/index.ts'
import type { Page } from './page.ts'
import { paths } from './paths.ts'
import { runPages } from './run/index.ts'
import { runsPages } from './runs/index.ts'
import { clearSessionCookie, readSessionCookie, sayRefused } from './session/cookies.ts'
import { sentFrom } from './session/own-path.ts'
import { signInRoutes } from './session/sign-in-routes.ts'
import { signOutPages } from './session/sign-out-pages.ts'
import { storagePages } from './storage/index.ts'

/** Every page of the dashboard; what needs which scope is tested from this list. */
export const adminPages: Page[] = [
  ...overviewPages,
  ...alertsPages,
  ...cronPages,
  ...auditPages,
  ...keysPages,
  ...runsPages,
  ...runPages,
  ...storagePages,
  ...signOutPages,
]

/** The dashboard, below `/admin`: whoever is not signed in is asked to, and each error is a page. */
export function adminFace(openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  app.use('/admin/*', pageHeaders)
  app.route('/', signInRoutes(openPorts))
  app.route('/', liveRoute(adminPages, openPorts))
  app.route('/', openAgain(adminPages, openPorts))
  app.route('/', mountPages(adminPages, openPorts))
  app.on(['GET', 'POST'], '/admin/*', async (c) => {
    await readerOf(c, await openPorts())
    throw new LedgerError('not_found', `there is no page ${c.req.path}`)
  })
  app.onError((error, c) => answer(error, c, openPorts))
  return app
}

/** Nothing from elsewhere, no script but our files, no style but our sheet, in nobody's frame. */
const pageHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'same-origin',
})

async function answer(error: Error, c: HonoContext, openPorts: () => Promise<Ports>): Promise<Response> {
  // Where a form was sent from.
  const from = c.req.method === 'POST' ? sentFrom(c) : undefined
  if (isLedgerError(error) && error.code === 'unauthorized') {
    // A request from another site comes without the cookie: it is not told to end what it does not know of.
    if (readSessionCookie(c) !== '') clearSessionCookie(c)
    if (from !== undefined && c.req.path !== paths.signOut)
      sayRefused(c, 'Nothing was done: your session had ended before you sent that. Send it again')
    const next = c.req.method === 'GET' ? pathOf(c) : (from ?? paths.home)
    return c.redirect(`${paths.signIn}?next=${encodeURIComponent(next)}`, 303)
  }
  const reader = await openPorts()
    .then((ports) => readerOf(c, ports))
    .catch(() => null)
  return await answerError(openPorts, () => show(c, errorView(error, requestIdOf(c), from), reader))(error, c)
}
