import { Hono } from 'hono'
import { toPattern } from '../../http/path-pattern.ts'
import type { Ports } from '../../ports/context.ts'
import { readerOf } from './mount-pages.ts'
import type { Page } from './page.ts'

/**
 * An address that only takes forms, opened as a page, by a reload or from the history: it leads to the page that it is below. Goes before
 * the pages, as `/admin/cron/reload` is no job.
 */
export function openAgain(pages: Page[], openPorts: () => Promise<Ports>): Hono {
  const app = new Hono()
  const shown = new Set(pages.filter(({ method }) => method === 'get').map(({ path }) => shapeOf(path)))
  for (const { path } of pages) {
    if (shown.has(shapeOf(path))) continue
    const depth = depthOf(path, shown)
    app.get(toPattern(path), async (c) => {
      await readerOf(c, await openPorts())
      return c.redirect(new URL(c.req.url).pathname.split('/').slice(0, depth).join('/'), 303)
    })
  }
  return app
}

/** Whatever its parameters are called. */
const shapeOf = (path: string) => path.replaceAll(/\{\w+\}/g, '{}')

/** How many parts of a path make the nearest page that it is below. */
function depthOf(path: string, shown: Set<string>): number {
  const parts = shapeOf(path).split('/')
  while (parts.length > 2 && !shown.has(parts.join('/'))) parts.pop()
  return parts.length
}
