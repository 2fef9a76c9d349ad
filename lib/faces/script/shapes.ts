import { z } from 'zod'
import { success } from '../../http/success.ts'
import { GetScriptsOverview } from '../../ledger/scripts/scripts-overview.ts'
import { RunId, RunKind } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { SweepError } from '../../run/sweep.ts'

/** One page of rows; only `nextCursor` tells whether more follow. */
export const pageOf = <S extends z.ZodType>(row: S) =>
  success(z.array(row), { nextCursor: z.string().nullable() })

export const ScriptStatus = z
  .union([z.literal(0), z.literal(1), z.literal(2), z.literal(-1)], 'must be 0, 1, 2 or -1')
  .meta({ description: '0 succeeded, 1 waits to be run, 2 in progress, -1 failed' })

const Time = z.iso.datetime().nullable()
const lastRun = { status: ScriptStatus.nullable(), startTime: Time, endTime: Time }

/** A log id is the run's own id: old clients know an opaque text that they send back. */
export const LogId = RunId.meta({ description: 'As `log-start` gave it' })

export const LogRow = z.object({
  id: LogId,
  scriptName: z.string(),
  ...lastRun,
  status: ScriptStatus,
  duration: z.number().int().nullable().meta({ description: 'Milliseconds' }),
  message: z.string().nullable(),
})

export const ScriptRow = z.object({
  id: z.number().int(),
  scriptName: z.string(),
  label: z.string().nullable(),
  options: z.record(z.string(), z.unknown()),
  ...lastRun,
})

export const DashboardRow = ScriptRow.extend({
  count: z.number().int().meta({ description: 'Runs that ended in the last 30 days, or run now' }),
  schedule: z.string().nullable().meta({ description: 'Of the cron job that runs it' }),
  enabled: z.boolean(),
})

export const Cleaned = z.object({
  totalLogsUpdated: z.number().int(),
  scriptsAffected: z.number().int(),
  scriptNames: z.array(z.string()),
  thresholdDate: z.iso.datetime(),
})

export const BESIDE_CLEANED = {
  errors: z.array(SweepError).optional().meta({ description: 'Logs that could not be marked, and why' }),
}

/** Old clients may send more; it is not looked at. */
export const ListScripts = GetScriptsOverview.pick({ limit: true, cursor: true }).strip()

/** The same. */
export const ListLogs = z.object({
  scriptName: RunKind.optional(),
  status: z.preprocess(toNumber, ScriptStatus).optional(),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().optional().meta({ description: 'The nextCursor of the page before' }),
})

function toNumber(text: unknown): unknown {
  return typeof text === 'string' && /^-?\d$/.test(text) ? Number(text) : text
}

export const LogStart = z.object({ scriptName: RunKind })

export const UpdateLogStatus = z.object({
  scriptName: RunKind,
  logId: LogId,
  status: ScriptStatus,
  message: z.string().nullish(),
  apiCalls: z.number().int().min(0).nullish().meta({ description: 'Kept in the label `apiCalls`' }),
})

export const UpdateStatus = z.object({
  scriptName: RunKind,
  status: z.literal(1, 'must be 1, to run the script now; a run’s own status is told by update-log-status'),
})
