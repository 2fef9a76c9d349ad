import type { Route } from '../../http/route.ts'
import { ReadStorage, readStorage, StorageReport } from '../../ledger/storage/read-storage.ts'

/** What the store holds. */
export const storageRoutes: Route[] = [
  {
    method: 'get',
    path: '/v1/storage',
    operationId: 'getStorage',
    summary: 'How storage stands',
    description:
      'As of the last daily sample (the cron job `daily-storage-sample`; `:trigger` takes one now): bytes by storage state, kind and ' +
      'project, what archiving saves, how full the store is, and the trend. Logs count as they were printed.',
    tag: 'Storage',
    scope: 'admin',
    query: ReadStorage,
    responses: { 200: { description: 'How it stands', schema: StorageReport } },
    handler: async ({ c, ctx, query }) => c.json(await readStorage(ctx, query)),
  },
]
