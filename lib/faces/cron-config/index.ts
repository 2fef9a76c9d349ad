import type { Hono } from 'hono'
import { olderFace } from '../../http/older-face.ts'
import type { Ports } from '../../ports/context.ts'
import { cronConfigRoutes } from './routes.ts'

export { cronConfigRoutes }

/** `/cron-config`, as the old dashboard knows it. */
export function cronConfigFace(openPorts: () => Promise<Ports>): Hono {
  return olderFace({
    path: '/cron-config',
    routes: cronConfigRoutes,
    openPorts,
    toErrorBody: ({ detail }) => ({ success: false, error: detail }),
  })
}
