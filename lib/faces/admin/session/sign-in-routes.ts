import { Hono, type Context as HonoContext } from 'hono'
import { requestIdOf } from '../../../http/request-facts.ts'
import { signIn } from '../../../ledger/keys/sessions.ts'
import type { Ports } from '../../../ports/context.ts'
import { isLedgerError } from '../../../run/errors.ts'
import { signInPage } from '../layout/sign-in-page.ts'
import { paths } from '../paths.ts'
import { addressOf } from './address-of.ts'
import { readTheme, readVisit, setSessionCookie, setVisit } from './cookies.ts'
import { checkCsrf, csrfToken } from './csrf.ts'
import { ownPath } from './own-path.ts'
import { readForm } from './read-form.ts'

const NONCE_BYTES = 16

/** Signing in and out: what answers without a session. */
export function signInRoutes(openPorts: () => Promise<Ports>): Hono {
  return new Hono()
    .get(paths.signIn, async (c) => show(c, await openPorts(), { status: 200 }))
    .post(paths.signIn, async (c) => {
      const ports = await openPorts()
      const form = await readForm(c)
      try {
        checkCsrf(ports.signer, { visit: readVisit(c) }, form.get('csrf'))
        const ctx = { ...ports, requestId: requestIdOf(c) }
        const session = await signIn(ctx, { key: form.get('key') ?? '', from: addressOf(c) })
        setSessionCookie(c, session)
        return c.redirect(ownPath(form.get('next')) ?? paths.home, 303)
      } catch (error) {
        if (!isLedgerError(error) || error.code === 'unavailable') throw error
        if (error.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.retryAfterSeconds))
        return show(c, ports, {
          status: error.code === 'limited' ? 429 : error.code === 'forbidden' ? 403 : 401,
          problem: error.message,
          next: form.get('next'),
        })
      }
    })
}

function show(
  c: HonoContext,
  ports: Ports,
  { status, problem, next }: { status: 200 | 401 | 403 | 429; problem?: string; next?: string | undefined },
) {
  const nonce = readVisit(c) || ports.randomToken(NONCE_BYTES)
  setVisit(c, nonce)
  c.header('Cache-Control', 'no-store')
  const asked = ownPath(next ?? c.req.query('next')) ?? paths.home
  return c.html(
    signInPage({
      csrf: csrfToken(ports.signer, { visit: nonce }),
      next: asked,
      problem,
      theme: readTheme(c),
    }),
    status,
  )
}
