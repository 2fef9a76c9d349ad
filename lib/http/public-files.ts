import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import { etag } from 'hono/etag'

/**
 * The files of `public/` for a server of our own; elsewhere the platform has them at hand before it asks a function. As there, they are
 * asked for each time, and sent only where they have changed.
 */
export function publicFiles(folder: string): Hono {
  return new Hono()
    .use('/assets/*', etag(), async (c, next) => {
      await next()
      c.header('Cache-Control', 'public, max-age=0, must-revalidate')
      c.header('X-Content-Type-Options', 'nosniff')
    })
    .get('/assets/*', serveStatic({ root: folder }))
}
