import { z } from 'zod'
import type { Call, Route } from '../../http/route.ts'
import { success } from '../../http/success.ts'
import { parseInput } from '../../ledger/parse-input.ts'
import { sweepStale } from '../../ledger/retention/sweep-stale.ts'
import { enqueueRun } from '../../ledger/runs/enqueue-run.ts'
import { listRuns } from '../../ledger/runs/list-runs.ts'
import { reportById } from '../../ledger/runs/report-by-id.ts'
import { startUnleased } from '../../ledger/runs/start-unleased.ts'
import { scriptsOverview } from '../../ledger/scripts/scripts-overview.ts'
import { LedgerError } from '../../run/errors.ts'
import { LISTED_STORAGE_STATES } from '../../run/run.ts'
import type { ScheduledScript } from '../../run/script.ts'
import {
  BESIDE_CLEANED,
  Cleaned,
  DashboardRow,
  ListLogs,
  ListScripts,
  LogId,
  LogRow,
  LogStart,
  pageOf,
  ScriptRow,
  ScriptStatus,
  UpdateLogStatus,
  UpdateStatus,
} from './shapes.ts'
import { fromScriptStatus, toDashboardRow, toLogRow, toScriptRow } from './translate.ts'

const TAG = 'Scripts'
/** To these clients a log is there until its run is deleted, wherever its files are. */
const THERE = [...LISTED_STORAGE_STATES, 'archived' as const]

/** Source 001's `/script`, over runs. */
export const scriptRoutes: Route[] = [
  {
    method: 'post',
    path: '/script/cleanup-stale',
    operationId: 'cleanupStale',
    summary: 'Mark what has been in progress for too long as failed',
    tag: TAG,
    scope: 'admin',
    responses: { 200: { description: 'What was marked', schema: success(Cleaned, BESIDE_CLEANED) } },
    async handler({ c, ctx }) {
      const { sweep, total, scriptNames, thresholdDate } = await sweepStale(ctx)
      const data = {
        totalLogsUpdated: total,
        scriptsAffected: scriptNames.length,
        scriptNames,
        thresholdDate,
      }
      const { errors } = sweep
      return c.json({ success: true, data, ...(errors.length > 0 ? { errors } : {}) })
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
      200: { description: 'A page of logs', schema: pageOf(LogRow) },
    },
    async handler({ c, ctx, query }) {
      const { scriptName, status, ...page } = parseInput(ListLogs, query)
      const state = status === undefined ? undefined : fromScriptStatus(status)
      const { data, nextCursor } = await listRuns(ctx, {
        ...page,
        kind: scriptName,
        state,
        storageState: THERE,
      })
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
    query: ListScripts,
    responses: { 200: { description: 'The scripts, by name', schema: pageOf(DashboardRow) } },
    handler: (call) => scriptsPage(call, toDashboardRow),
  },
  {
    method: 'get',
    path: '/script',
    operationId: 'listOldScripts',
    summary: 'The scripts',
    tag: TAG,
    scope: 'runs:read',
    query: ListScripts,
    responses: { 200: { description: 'The scripts, by name', schema: pageOf(ScriptRow) } },
    handler: (call) => scriptsPage(call, toScriptRow),
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
    description: 'By any key that may work for its project; the event says by which.',
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

async function scriptsPage(
  { c, ctx, query }: Call,
  toRow: (script: ScheduledScript) => object,
): Promise<Response> {
  const { data, nextCursor } = await scriptsOverview(ctx, parseInput(ListScripts, query))
  return c.json({ success: true, data: data.map(toRow), nextCursor: nextCursor && String(nextCursor) })
}
