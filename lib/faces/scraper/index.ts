import type { Hono } from 'hono'
import { olderFace } from '../../http/older-face.ts'
import type { Route } from '../../http/route.ts'
import type { Ports } from '../../ports/context.ts'
import { archivedRoutes } from './archived-routes.ts'
import { jobsRoutes } from './jobs-routes.ts'

/** Source 002's `/api/scraper/jobs`, over runs. What has a path of its own stands before the ids of jobs. */
export const scraperRoutes: Route[] = [...archivedRoutes, ...jobsRoutes]

/** `/api/scraper/jobs`, as the clients of source 002 know it. */
export function scraperFace(openPorts: () => Promise<Ports>): Hono {
  return olderFace({
    path: '/api/scraper',
    routes: scraperRoutes,
    openPorts,
    toErrorBody: ({ detail }) => ({ detail }),
    invalidStatus: 422,
  })
}
