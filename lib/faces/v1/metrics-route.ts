import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { readMetrics } from '../../ledger/metrics/read-metrics.ts'
import { EXPOSITION_TYPE, toExposition } from './metrics/exposition.ts'
import { runFamilies } from './metrics/run-families.ts'
import { storageFamilies } from './metrics/storage-families.ts'
import { upkeepFamilies } from './metrics/upkeep-families.ts'

/** What Prometheus scrapes; of all projects, so for admins. */
export const metricsRoute: Route = {
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics, for Prometheus to scrape',
  description:
    'In its text format; the key goes into `authorization: credentials` of the scrape configuration.',
  tag: 'Metrics',
  scope: 'admin',
  responses: {
    200: { description: 'All metrics', schema: z.string(), contentType: EXPOSITION_TYPE },
  },
  async handler({ c, ctx }) {
    const metrics = await readMetrics(ctx)
    const families = [...runFamilies(metrics), ...upkeepFamilies(metrics), ...storageFamilies(metrics)]
    return c.body(toExposition(families), 200, {
      'content-type': EXPOSITION_TYPE,
      'cache-control': 'no-store',
    })
  },
}
