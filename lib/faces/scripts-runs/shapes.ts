import { z } from 'zod'
import { FromDay, ToDay } from '../../http/asked-days.ts'
import { CleanupOldRuns } from '../../ledger/deletion/cleanup-old-runs.ts'
import { PageRuns } from '../../ledger/runs/page-runs.ts'
import { Reason } from '../../run/reason.ts'

export const RunStatus = z
  .enum(['pending', 'running', 'completed', 'failed'])
  .meta({ description: 'What was canceled has failed, with the error `canceled`' })

const Time = z.iso.datetime().nullable()
const Count = z.number().int()

/** Source 000's `ScriptRun`. An id is the run's own: old clients know an opaque value that they send back. */
export const RunRow = z.object({
  id: z.string(),
  scriptId: Count.nullable(),
  startTime: Time,
  endTime: Time,
  status: RunStatus,
  progress: Count,
  logFile: z.string().nullable(),
  pid: Count.nullable(),
  error: z.string().nullable(),
})

export const Stats = z.object({
  total: Count,
  completed: Count,
  failed: Count,
  running: Count,
  averageDuration: Count.meta({ description: 'Milliseconds; 0 where nothing has ended' }),
})

const Errors = z
  .array(z.object({ id: z.string().nullable(), message: z.string() }))
  .meta({ description: 'Runs that are still there, and why; null: it is about all of them' })

/** What was deleted. Of what is deleted softly the space is freed when its grace is over. */
export const Deleted = z.object({
  deletedRuns: Count,
  deletedLogFiles: Count,
  freedSpace: Count.meta({ description: 'Bytes' }),
  errors: Errors,
})

export const Cleaned = Deleted.extend({
  duration: Count.meta({ description: 'Milliseconds' }),
  cutoffDate: z.iso.datetime(),
})

/** Old clients may send more, here and below; it is not looked at. */
export const Cleanup = z.object({
  days: CleanupOldRuns.shape.days,
  status: z.enum(['completed', 'failed']).optional().meta({ description: 'Default: whatever has ended' }),
  dryRun: CleanupOldRuns.shape.dryRun,
})

const reason = Reason.optional().meta({ description: 'Kept in the audit' })
export const DeleteOne = z.object({ reason })
const ScriptId = z.coerce
  .number('must be the number of a script')
  .int()
  .min(1)
  .max(2 ** 31 - 1)
export const DeleteOfScript = z.object({ scriptId: ScriptId, reason })

export const ListRunRows = z
  .object({
    scriptId: ScriptId.optional().meta({ description: 'The number of the script that they are of' }),
    status: RunStatus.optional(),
    startDate: FromDay.optional().meta({ description: 'Those that came on this day or after it' }),
    endDate: ToDay.optional().meta({ description: 'Those that came on this day or before it' }),
    page: z.coerce.number().int().min(1).max(1_000_000).default(1),
    limit: PageRuns.shape.limit,
  })
  .refine(({ startDate, endDate }) => !startDate || !endDate || startDate < endDate, {
    path: ['startDate'],
    message: 'must not be after endDate',
  })
