import type { Hono } from 'hono'
import { olderFace } from '../../http/older-face.ts'
import type { Ports } from '../../ports/context.ts'
import { scriptRoutes } from './routes.ts'

export { scriptRoutes }

/** `/script`, as the old dashboard and its scripts know it. */
export function scriptFace(openPorts: () => Promise<Ports>): Hono {
  return olderFace({
    path: '/script',
    routes: scriptRoutes,
    openPorts,
    toErrorBody: ({ detail }) => ({ success: false, error: detail }),
  })
}
