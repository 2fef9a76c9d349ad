import type { Context as HonoContext } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { SESSION_SECONDS } from '../../../ledger/keys/sessions.ts'
import { knownZone } from './known-zone.ts'

const SESSION = 'runledger_session'
const VISIT = 'runledger_visit'
const SAID = 'runledger_said'
const ZONE = 'runledger_zone'
const THEME = 'runledger_theme'
const MOST_SAID = 400
const DONE = '+'
const REFUSED = '-'

/** The session's text; empty where there is none. */
export const readSessionCookie = (c: HonoContext): string => getCookie(c, SESSION) ?? ''

export function setSessionCookie(c: HonoContext, text: string): void {
  setCookie(c, SESSION, text, { ...guarded(c), maxAge: SESSION_SECONDS })
}

export function clearSessionCookie(c: HonoContext): void {
  deleteCookie(c, SESSION, { path: '/admin' })
}

/** What the form for signing in is bound to, before there is a session. */
export const readVisit = (c: HonoContext): string => getCookie(c, VISIT) ?? ''

export function setVisit(c: HonoContext, nonce: string): void {
  setCookie(c, VISIT, nonce, guarded(c))
}

/** Says on the next page, once, what was done. */
export function sayNext(c: HonoContext, text: string): void {
  say(c, DONE, text)
}

/** The same of what was not. */
export function sayRefused(c: HonoContext, text: string): void {
  say(c, REFUSED, text)
}

function say(c: HonoContext, mark: string, text: string): void {
  // It is encoded on the way: a letter may take nine characters, and a cookie has 4,096.
  setCookie(c, SAID, `${mark}${text.slice(0, MOST_SAID).toWellFormed()}`, { ...guarded(c), maxAge: 60 })
}

/** What the page before had to say. */
export interface Said {
  text: string
  isRefusal: boolean
}

/** Takes it: it is said once. */
export function takeSaid(c: HonoContext): Said | null {
  const said = getCookie(c, SAID)
  if (said === undefined) return null
  deleteCookie(c, SAID, { path: '/admin' })
  return { text: said.slice(1), isRefusal: said.startsWith(REFUSED) }
}

/** The reader's time zone, as the browser said; UTC where it did not, or where it is none. */
export function readZone(c: HonoContext): string {
  const zone = getCookie(c, ZONE)
  if (zone === undefined) return 'UTC'
  return knownZone(zone)
}

export function readTheme(c: HonoContext): 'light' | 'dark' | 'system' {
  const theme = getCookie(c, THEME)
  return theme === 'light' || theme === 'dark' ? theme : 'system'
}

/** Not for scripts, not for other sites, and where the page came over TLS, never without it. */
function guarded(c: HonoContext) {
  const isSafe = new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https'
  return { path: '/admin', httpOnly: true, sameSite: 'Lax', secure: isSafe } as const
}
