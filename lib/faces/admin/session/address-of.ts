import type { Context as HonoContext } from 'hono'

interface Connection {
  incoming?: { socket?: { remoteAddress?: string } }
}

/** Where a request comes from: by its connection; where the platform ends connections, as the platform says. */
export function addressOf(c: HonoContext): string {
  const { incoming } = (c.env ?? {}) as Connection
  return incoming?.socket?.remoteAddress ?? c.req.header('x-real-ip') ?? 'elsewhere'
}
