import type { Context as HonoContext } from 'hono'

const HERE = 'http://here'

/** A page of the dashboard, with its query, as an address names it; undefined for what is none. */
export function ownPath(address: string | undefined): string | undefined {
  const url = URL.parse(address ?? '', HERE)
  if (url?.origin !== HERE || !/^\/admin(\/|$)/.test(url.pathname)) return undefined
  return `${url.pathname}${url.search}`
}

/** The page of ours that a form was sent from; undefined where it came from elsewhere, or nobody says. */
export function sentFrom(c: HonoContext): string | undefined {
  const url = URL.parse(c.req.header('referer') ?? '')
  // The host alone: whoever ends TLS before us speaks plainly to us.
  return url?.host === new URL(c.req.url).host ? ownPath(`${url.pathname}${url.search}`) : undefined
}
