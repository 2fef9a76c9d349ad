import type { Hono } from 'hono'
import { olderFace } from '../../http/older-face.ts'
import type { Ports } from '../../ports/context.ts'
import { scriptsRunsRoutes } from './routes.ts'

export { scriptsRunsRoutes }

/** `/scripts/runs`, as the clients of source 000 know it. */
export function scriptsRunsFace(openPorts: () => Promise<Ports>): Hono {
  return olderFace({
    path: '/scripts/runs',
    routes: scriptsRunsRoutes,
    openPorts,
    toErrorBody: ({ detail, errors }) => ({ error: detail, ...(errors ? { details: errors } : {}) }),
  })
}
