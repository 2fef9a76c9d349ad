import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import { askedRun } from '../../http/asked-run.ts'
import { inTheirWords } from '../../http/in-their-words.ts'
import { pageLinks } from '../../http/page-links.ts'
import type { Route } from '../../http/route.ts'
import { deleteRun } from '../../ledger/deletion/delete-run.ts'
import { deleteRunsOfScript } from '../../ledger/deletion/delete-runs-of-script.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { getRun, notFound } from '../../ledger/runs/get-run.ts'
import { pageRuns } from '../../ledger/runs/page-runs.ts'
import { runStats } from '../../ledger/runs/run-stats.ts'
import { LIMITS } from '../../run/limits.ts'
import { cleanupRoutes } from './cleanup-routes.ts'
import { Deleted, DeleteOfScript, DeleteOne, ListRunRows, RunRow, Stats } from './shapes.ts'
import { fromRunStatus, toDeleted, toRow, toStats } from './translate.ts'

const TAG = 'Script runs'
const DAY_MS = 86_400_000
/** Source 000's `RETENTION_DAYS`: how many days of runs there are. */
const KEPT_DAYS = 30

/** Source 000's `/scripts/runs`, over runs. What has a path of its own stands before the ids of runs. */
export const scriptsRunsRoutes: Route[] = [
  {
    method: 'get',
    path: '/scripts/runs',
    operationId: 'listScriptRuns',
    summary: 'What has run, newest first',
    description:
      'Pages by number reach the first 10,000; the header `Link` names the next one. Dates reach the rest.',
    tag: TAG,
    scope: 'runs:read',
    query: ListRunRows,
    responses: {
      200: {
        description: 'A page of runs',
        schema: z.array(RunRow),
        headers: { Link: 'The next page and the one before, `rel="next"` and `rel="prev"`' },
      },
    },
    async handler({ c, ctx, query }) {
      const asked = parseInput(ListRunRows, givenOf(query))
      const { scriptId, status, startDate: since, endDate: before, page, limit } = asked
      const state = status && fromRunStatus(status)
      const offset = (page - 1) * limit
      const { data, more } = await inTheirWords(
        (path) => (path === 'offset' ? 'page' : undefined),
        pageRuns(ctx, { scriptId, state, since, before, limit, offset }),
      )
      const links = pageLinks(c.req.url, { page, more: more && page * limit <= LIMITS.pageOffset })
      if (links !== '') c.header('Link', links)
      return c.json(data.map(toRow))
    },
  },
  {
    method: 'get',
    path: '/scripts/runs/stats',
    operationId: 'countScriptRuns',
    summary: 'How runs do',
    description:
      'Those that ended in the days that runs are kept (DELETE_AFTER_DAYS), and those that wait or run now.',
    tag: TAG,
    scope: 'runs:read',
    responses: { 200: { description: 'Counts', schema: Stats } },
    async handler({ c, ctx }) {
      const days = ctx.retention.defaults.deleteAfterDays ?? KEPT_DAYS
      const since = new Date(ctx.now() - days * DAY_MS).toISOString()
      return c.json(toStats(await runStats(ctx, { since })))
    },
  },
  ...cleanupRoutes,
  {
    method: 'get',
    path: '/scripts/runs/{id}',
    operationId: 'getScriptRun',
    summary: 'One run',
    tag: TAG,
    scope: 'runs:read',
    responses: { 200: { description: 'The run', schema: RunRow } },
    async handler(call) {
      const id = askedRun(call)
      const run = await getRun(call.ctx, { id })
      // To these clients what was deleted is gone, also while it can be restored.
      if (run.storageState === 'deleted' || run.storageState === 'deleting') throw notFound(id)
      return call.c.json(toRow(run))
    },
  },
  {
    method: 'delete',
    path: '/scripts/runs',
    operationId: 'deleteRunsOfScript',
    summary: 'Delete the runs of a script',
    description:
      'Those that have ended. What has not, is held, or is being archived, is skipped, and named in `errors`.',
    tag: TAG,
    scope: 'admin',
    query: DeleteOfScript,
    responses: { 200: { description: 'What was deleted', schema: Deleted } },
    async handler({ c, ctx, query }) {
      const asked = parseInput(DeleteOfScript, givenOf(query))
      return c.json(toDeleted(await deleteRunsOfScript(ctx, asked)))
    },
  },
  {
    method: 'delete',
    path: '/scripts/runs/{id}',
    operationId: 'deleteScriptRun',
    summary: 'Delete a run',
    description: 'As the policies say: softly, so that it can be restored for a while, or for good.',
    tag: TAG,
    scope: 'admin',
    query: DeleteOne,
    responses: { 200: { description: 'What was deleted', schema: Deleted } },
    async handler(call) {
      const { reason = 'deleted by request' } = parseInput(DeleteOne, givenOf(call.query))
      const { deletedLogFiles, freedBytes } = await deleteRun(call.ctx, { id: askedRun(call), reason })
      return call.c.json(toDeleted({ deletedRuns: 1, deletedLogFiles, freedSpace: freedBytes, errors: [] }))
    },
  },
]
