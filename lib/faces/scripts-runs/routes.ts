import { z } from 'zod'
import { givenOf } from '../../http/asked-days.ts'
import { askedRun } from '../../http/asked-run.ts'
import { inTheirWords } from '../../http/in-their-words.ts'
import { pageLinks } from '../../http/page-links.ts'
import type { Call, Route } from '../../http/route.ts'
import { deleteRun } from '../../ledger/deletion/delete-run.ts'
import { deleteRunsOfScript } from '../../ledger/deletion/delete-runs-of-script.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { getRun, notFound } from '../../ledger/runs/get-run.ts'
import { keptRunStats } from '../../ledger/runs/kept-run-stats.ts'
import { pageRuns } from '../../ledger/runs/page-runs.ts'
import type { Scope } from '../../ports/actor.ts'
import { LIMITS } from '../../run/limits.ts'
import { LISTED_STORAGE_STATES, type Run, type StorageState } from '../../run/run.ts'
import { cleanupRoutes } from './cleanup-routes.ts'
import { logRoute } from './log-route.ts'
import { Deleted, DeleteOfScript, DeleteOne, ListRunRows, RunRow, Stats } from './shapes.ts'
import { fromRunStatus, toDeleted, toRow, toStats } from './translate.ts'

const TAG = 'Script runs'
/** To these clients a run is there until it is deleted, wherever its files are. */
const THERE = [...LISTED_STORAGE_STATES, 'archived' as const]

/** Source 000's `/scripts/runs`, over runs. What has a path of its own stands before the ids of runs. */
export const scriptsRunsRoutes: Route[] = [
  {
    method: 'get',
    path: '/scripts/runs',
    operationId: 'listScriptRuns',
    summary: 'What has run, newest first',
    description:
      'Pages by number reach the first 10,000; the header `Link` names the next one. Dates reach the rest. Archived runs are among ' +
      'them, for whoever made them and for admins.',
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
        pageRuns(ctx, { scriptId, state, since, before, limit, offset, storageState: THERE }),
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
    handler: async ({ c, ctx }) => c.json(toStats(await keptRunStats(ctx))),
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
    handler: async (call) => call.c.json(toRow(await runThere(call))),
  },
  logRoute,
  {
    method: 'delete',
    path: '/scripts/runs',
    operationId: 'deleteRunsOfScript',
    summary: 'Delete the runs of a script',
    description:
      'Those that have ended. What has not, is held, or is being archived, is skipped, and named in `errors`. Where it would delete ' +
      'more than is usual it deletes nothing and is a conflict: the error names the sweep, which `POST /v1/sweeps/{id}:approve` lets through.',
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
      // One whose deletion was cut off is deleted further.
      const { id } = await runThere(call, 'admin', ['deleted'])
      const { deletedLogFiles, freedBytes } = await deleteRun(call.ctx, { id, reason })
      return call.c.json(toDeleted({ deletedRuns: 1, deletedLogFiles, freedSpace: freedBytes, errors: [] }))
    },
  },
]

/** To these clients what was deleted is gone, also while it can be restored. Throws `not_found`. */
async function runThere(
  call: Call,
  scope?: Scope,
  gone: StorageState[] = ['deleted', 'deleting'],
): Promise<Run> {
  const id = askedRun(call)
  const run = await getRun(call.ctx, { id }, scope)
  if (gone.includes(run.storageState)) throw notFound(id)
  return run
}
