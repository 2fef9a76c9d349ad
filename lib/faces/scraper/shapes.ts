import { z } from 'zod'
import { FromDay, ToDay } from '../../http/asked-days.ts'
import { HoldRun } from '../../ledger/retention/hold-run.ts'
import { PageRuns } from '../../ledger/runs/page-runs.ts'
import { DeletedRun } from '../../run/deletion.ts'
import { RunKind } from '../../run/ids.ts'
import { Reason } from '../../run/reason.ts'
import { StorageState } from '../../run/run.ts'

export const JobStatus = z.enum(['pending', 'running', 'completed', 'failed', 'cancelled'])

const Time = z.iso.datetime().nullable()
const Count = z.number().int()
const Text = z.string().nullable()

export const JobRow = z.object({
  job_id: z.string(),
  name: z.string(),
  description: Text,
  type: z.string().meta({ description: 'The kind of run that it is' }),
  status: JobStatus,
  progress: Count,
  message: Text,
  error: Text,
  folder_name: Text.meta({ description: 'Its folder is `{folder_name}_{job_id}`' }),
  created_by: Text,
  created_at: z.iso.datetime(),
  started_at: Time,
  completed_at: Time,
  storage_state: StorageState,
  archived_at: Time,
  archive_path: Text,
  deleted_at: Time,
  deletion_reason: Text,
  stats: z.object({
    duration_ms: Count.nullable(),
    log_bytes: Count,
    output_bytes: Count,
    output_count: Count,
    archive_bytes: Count.nullable(),
  }),
})

export const Job = JobRow.extend({ config: z.unknown(), output: z.unknown() })

export const page = { limit: Count, offset: Count, has_more: z.boolean() }

export const JobLogs = z.object({
  job_id: z.string(),
  logs: z.array(z.string()).meta({ description: 'Lines' }),
  offset: Count.meta({ description: 'Where in the log the first line begins, in bytes' }),
  next_offset: Count.meta({ description: 'Where to go on' }),
  total_bytes: Count,
})

export const JobResults = z.object({
  job_id: z.string(),
  output_ref: Text,
  results: z.array(
    z.object({
      path: z.string(),
      bytes: Count,
      sha256: Text,
      content_type: z.string(),
      download_url: z.string().meta({ description: 'With the same key' }),
    }),
  ),
  next_cursor: Text,
})

/** Old clients may send more, here and below; it is not looked at. */
const dates = { start_date: FromDay.optional(), end_date: ToDay.optional() }
const paging = { limit: PageRuns.shape.limit, offset: PageRuns.shape.offset }
const IN_ORDER = { path: ['start_date'], message: 'must not be after end_date' }
const isInOrder = ({
  start_date,
  end_date,
}: {
  start_date?: string | undefined
  end_date?: string | undefined
}) => !start_date || !end_date || start_date < end_date

export const ListArchived = z.object({ ...dates, ...paging }).refine(isInOrder, IN_ORDER)
export const ListJobs = z
  .object({ status: JobStatus.optional(), type: RunKind.optional(), ...dates, ...paging })
  .refine(isInOrder, IN_ORDER)

export const NewJob = z.object({
  name: z.string(),
  description: z.string().max(255).nullish(),
  type: RunKind.default('scraper').meta({ description: 'The kind of run that it is' }),
  config: z.record(z.string(), z.unknown()),
  output: z.unknown().optional(),
})
export type NewJob = z.output<typeof NewJob>

export const Control = z.object({ action: z.enum(['start', 'stop', 'cancel']) })

const Bytes = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
export const ReadLogs = z.object({
  offset: Bytes.optional().meta({ description: 'Where in the log to begin, in bytes' }),
  tail: Bytes.max(1_048_576)
    .default(65_536)
    .meta({ description: 'Without `offset`: the last so many bytes' }),
})

export const DeleteJob = z.object({ reason: Reason.optional().meta({ description: 'Kept in the audit' }) })

export const DeletedJob = z.object({
  job_id: z.string(),
  mode: DeletedRun.shape.mode,
  deleted_at: z.iso.datetime(),
  purge_after: DeletedRun.shape.purgeAfter,
  freed_bytes: Count,
})

export const Hold = z.object({ reason: Reason, until: HoldRun.shape.until })
export const HeldJob = JobRow.extend({ hold_until: z.iso.datetime() })

export const ListResults = z.object({ limit: PageRuns.shape.limit, cursor: z.string().optional() })
