import { z } from 'zod'
import type { Route } from '../../http/route.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { sweepStale } from '../../ledger/retention/sweep-stale.ts'
import { enqueueRun } from '../../ledger/runs/enqueue-run.ts'
import { listRuns } from '../../ledger/runs/list-runs.ts'
import { reportById } from '../../ledger/runs/report-by-id.ts'
import { startUnleased } from '../../ledger/runs/start-unleased.ts'
import { scriptsOverview } from '../../ledger/scripts/scripts-overview.ts'
import { LedgerError } from '../../run/errors.ts'
import {
  Cleaned,
  DashboardRow,
  ListLogs,
  LogId,
  LogRow,
  LogStart,
  ScriptRow,
  ScriptStatus,
  success,
  UpdateLogStatus,
  UpdateStatus,
} from './shapes.ts'
import { fromScriptStatus, toDashboardRow, toLogRow, toScriptRow } from './translate.ts'

const TAG = 'Scripts'

/** Source 001's `/script`, over runs. */
export const scriptRoutes: Route[] = [
  {
    method: 'post',
    path: '/script/cleanup-stale',
    operationId: 'cleanupStale',
    summary: 'Mark what has been in progress for too long as failed',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'What was marked', schema: success(Cleaned) } },
    async handler({ c, ctx }) {
      const { total, scriptNames, thresholdDate } = await sweepStale(ctx)
      const data = {
        totalLogsUpdated: total,
        scriptsAffected: scriptNames.length,
        scriptNames,
        thresholdDate,
      }
      return c.json({ success: true, data })
    },
  },
  {
    method: 'get',
    path: '/script/logs',
    operationId: 'listScriptLogs',
    summary: 'What scripts have run, newest first',
    tag: TAG,
    scope: 'runs:read',
    query: ListLogs,
    responses: {
      200: {
        description: 'A page of logs',
        schema: success(z.array(LogRow), { nextCursor: z.string().nullable() }),
      },
    },
    async handler({ c, ctx, query }) {
      const { scriptName, status, ...page } = parseInput(ListLogs, query)
      const state = status === undefined ? undefined : fromScriptStatus(status)
      const { data, nextCursor } = await listRuns(ctx, { ...page, kind: scriptName, state })
      return c.json({ success: true, data: data.map(toLogRow), nextCursor })
    },
  },
  {
    method: 'get',
    path: '/script/dashboard-view',
    operationId: 'viewScripts',
    summary: 'Each script with its last run and its schedule',
    tag: TAG,
    scope: 'runs:read',
    responses: { 200: { description: 'The scripts', schema: success(z.array(DashboardRow)) } },
    handler: async ({ c, ctx }) =>
      c.json({ success: true, data: (await scriptsOverview(ctx)).map(toDashboardRow) }),
  },
  {
    method: 'get',
    path: '/script',
    operationId: 'listOldScripts',
    summary: 'The scripts',
    tag: TAG,
    scope: 'runs:read',
    responses: { 200: { description: 'The scripts', schema: success(z.array(ScriptRow)) } },
    handler: async ({ c, ctx }) =>
      c.json({ success: true, data: (await scriptsOverview(ctx)).map(toScriptRow) }),
  },
  {
    method: 'post',
    path: '/script/log-start',
    operationId: 'startScriptLog',
    summary: 'Tell that a script is in progress',
    description: 'It stays in progress until it is told otherwise, or has been for too long.',
    tag: TAG,
    scope: 'runs:work',
    body: LogStart,
    responses: { 200: { description: 'The id of its log', schema: success(LogId) } },
    async handler({ c, ctx, body = {} }) {
      const { scriptName } = parseInput(LogStart, body)
      const { id } = await startUnleased(ctx, { kind: scriptName })
      return c.json({ success: true, data: id })
    },
  },
  {
    method: 'post',
    path: '/script/update-log-status',
    operationId: 'updateScriptLog',
    summary: 'Tell how a script goes, or how it ended',
    tag: TAG,
    scope: 'runs:work',
    body: UpdateLogStatus,
    responses: { 200: { description: 'The id of its log', schema: success(LogId) } },
    async handler({ c, ctx, body = {} }) {
      const { scriptName, logId, status, message, apiCalls } = parseInput(UpdateLogStatus, body)
      const [outcome] = fromScriptStatus(status)
      if (outcome === 'queued' || outcome === 'canceled')
        throw new LedgerError('invalid', 'status: must be 0, -1 or 2; what is in progress cannot wait again')
      await reportById(ctx, {
        id: logId,
        kind: scriptName,
        outcome,
        message: message ?? undefined,
        ...(typeof apiCalls === 'number' ? { labels: { apiCalls: String(apiCalls) } } : {}),
      })
      return c.json({ success: true, data: logId })
    },
  },
  {
    method: 'post',
    path: '/script/update-status',
    operationId: 'runScript',
    summary: 'Run a script now',
    description: 'A run for whichever worker takes the script. Each call is one run.',
    tag: TAG,
    scope: 'runs:write',
    body: UpdateStatus,
    responses: {
      200: {
        description: 'It waits to be run',
        schema: success(z.object({ scriptName: z.string(), status: ScriptStatus, logId: LogId })),
      },
    },
    async handler({ c, ctx, body = {} }) {
      const { scriptName, status } = parseInput(UpdateStatus, body)
      const { run } = await enqueueRun(ctx, { kind: scriptName })
      return c.json({ success: true, data: { scriptName, status, logId: run.id } })
    },
  },
]
