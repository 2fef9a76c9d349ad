import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { ListAlerts, listAlerts } from '../../ledger/alerts/list-alerts.ts'
import { Alert } from '../../run/alert.ts'

/** What is wrong, for admins. */
export const alertsRoutes: Route[] = [
  {
    tag: 'Alerts',
    scope: 'admin',
    method: 'get',
    path: '/v1/alerts',
    operationId: 'listAlerts',
    summary: 'List what is wrong, and who was told of it',
    query: ListAlerts,
    responses: {
      200: {
        description: 'A page of alerts, newest first',
        schema: z.object({ data: z.array(Alert), nextCursor: z.string().nullable() }),
      },
    },
    handler: async ({ c, ctx, query }) => c.json(await listAlerts(ctx, query as ListAlerts)),
  },
]
