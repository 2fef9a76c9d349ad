import type { Hono } from 'hono'
import { mountRoutes } from '../../http/mount-routes.ts'
import type { Route } from '../../http/route.ts'
import type { Ports } from '../../ports/context.ts'
import { alertsRoutes } from './alerts-routes.ts'
import { archiveRoutes } from './archive-routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { backupsRoutes } from './backups-routes.ts'
import { cronExecutionsRoutes } from './cron-executions-routes.ts'
import { cronJobsRoutes } from './cron-jobs-routes.ts'
import { deletionRoutes } from './deletion-routes.ts'
import { eventsRoute } from './events-route.ts'
import { keysRoutes } from './keys-routes.ts'
import { logsRoutes } from './logs-routes.ts'
import { metricsRoute } from './metrics-route.ts'
import { outputsRoutes } from './outputs-routes.ts'
import { retentionRoutes } from './retention-routes.ts'
import { runsRoutes } from './runs-routes.ts'
import { scriptsRoutes } from './scripts-routes.ts'
import { storageRoutes } from './storage-routes.ts'
import { sweepsRoutes } from './sweeps-routes.ts'
import { webhooksRoutes } from './webhooks-routes.ts'
import { workRoutes } from './work-routes.ts'

/** Every route of `/v1`; its documentation and its permission tests are made from this list. */
export const v1Routes: Route[] = [
  ...runsRoutes,
  eventsRoute,
  ...workRoutes,
  ...logsRoutes,
  ...outputsRoutes,
  ...archiveRoutes,
  ...cronJobsRoutes,
  ...cronExecutionsRoutes,
  ...scriptsRoutes,
  ...sweepsRoutes,
  ...storageRoutes,
  ...retentionRoutes,
  ...deletionRoutes,
  ...auditRoutes,
  ...backupsRoutes,
  ...webhooksRoutes,
  ...alertsRoutes,
  ...keysRoutes,
  metricsRoute,
]

/** The canonical face. */
export function v1Face(openPorts: () => Promise<Ports>): Hono {
  return mountRoutes(v1Routes, openPorts)
}
