import type { CronExecution } from '../../run/cron-execution.ts'
import {
  askedBy,
  executionTook,
  lateness,
  lookOfStatus,
  markedStatus,
  whatCameOf,
} from './execution-words.ts'
import { relativeTime } from './spoken-time.ts'
import { type Column, type TableOptions, table } from './table.ts'

/** Executions as people read them; `names` are those of their jobs by id, null where all are of one. */
export function executionTable(
  executions: CronExecution[],
  names: ReadonlyMap<string, string> | null,
  { now, ...options }: TableOptions & { now: Date },
): string {
  const isScreen = options.width !== undefined
  const columns: Column<CronExecution>[] = [
    {
      head: 'WHEN',
      cell: ({ scheduledFor, createdAt }) => relativeTime(scheduledFor ?? createdAt, now),
      style: () => 'dim',
    },
    { head: 'JOB', cell: ({ cronJobId }) => names?.get(cronJobId) ?? '', min: 24 },
    {
      head: 'STATUS',
      cell: ({ status }) => (isScreen ? markedStatus(status) : status),
      style: ({ status }) => lookOfStatus(status),
    },
    { head: 'LATE', cell: lateness, style: () => 'yellow', align: 'right', rank: 2 },
    { head: 'TOOK', cell: (execution) => executionTook(execution, now), align: 'right', rank: 3 },
    { head: 'BY', cell: askedBy, style: () => 'dim', min: 8, rank: 4 },
    { head: 'NOTE', cell: whatCameOf, min: 32, rank: 1 },
    { head: 'RUN', cell: ({ runId }) => runId ?? '', style: () => 'dim', rank: 5 },
  ]
  return table(columns, executions, options)
}
