import type { Route } from '../../http/route.ts'
import { cleanupOldRuns } from '../../ledger/deletion/cleanup-old-runs.ts'
import { cleanupStats, cleanupStatus } from '../../ledger/deletion/cleanup-standing.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { CleanupStats, CleanupStatus } from '../../run/deletion.ts'
import { Cleaned, Cleanup } from './shapes.ts'
import { fromEndStatus, toDeleted } from './translate.ts'

const TAG = 'Script runs'

/** Source 000's cleanup of old runs. */
export const cleanupRoutes: Route[] = [
  {
    method: 'post',
    path: '/scripts/runs/cleanup',
    operationId: 'cleanUpScriptRuns',
    summary: 'Delete old runs that have no files but their log',
    description:
      'Where it would delete more than is usual it deletes nothing and is a conflict: the error names the sweep, which ' +
      '`POST /v1/sweeps/{id}:approve` lets through.',
    tag: TAG,
    scope: 'admin',
    body: Cleanup,
    bodyOptional: true,
    responses: { 200: { description: 'What was deleted', schema: Cleaned } },
    async handler({ c, ctx, body = {} }) {
      const { days, status, dryRun } = parseInput(Cleanup, body)
      const cleaned = await cleanupOldRuns(ctx, { days, status: status && fromEndStatus(status), dryRun })
      const { duration, cutoffDate } = cleaned
      return c.json({ ...toDeleted(cleaned), duration, cutoffDate })
    },
  },
  {
    method: 'get',
    path: '/scripts/runs/cleanup/status',
    operationId: 'getCleanupStatus',
    summary: 'When old runs are deleted, and how it went last',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'How it stands', schema: CleanupStatus } },
    handler: async ({ c, ctx }) => c.json(await cleanupStatus(ctx)),
  },
  {
    method: 'get',
    path: '/scripts/runs/cleanup/stats',
    operationId: 'getCleanupStats',
    summary: 'What all cleanups have come to',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'Sums', schema: CleanupStats } },
    handler: async ({ c, ctx }) => c.json(await cleanupStats(ctx)),
  },
]
