import { getTableColumns } from 'drizzle-orm'
import type { CronExecution } from '../../run/cron-execution.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { cronJobExecutions, cronJobs } from './cron-schema.ts'

const OWN = new Set(['isExclusive', 'event', 'firedAt'])
const shownOf = (table: object) => Object.keys(table).filter((name) => !OWN.has(name))
const EXECUTION = shownOf(getTableColumns(cronJobExecutions))
const JOB = shownOf(getTableColumns(cronJobs))

const listOf = (names: string[]) => (row: string) => names.map((name) => `${row}."${name}"`).join(', ')

/** The columns of `row` that make an execution: all but the store's own. */
export const executionColumns = listOf(EXECUTION)
/** The same of a job. */
export const jobColumns = listOf(JOB)
/** The columns of `row` that make a job, each behind `job_`, to stand beside those of an execution. */
export const jobColumnsBeside = (row: string) =>
  JOB.map((name) => `${row}."${name}" AS "job_${name}"`).join(', ')

/** The row of those columns as an execution; the cast is safe because the contract suite parses what it reads. */
export const toExecution = (row: Record<string, unknown>) => row as unknown as CronExecution
export const toJob = (row: Record<string, unknown>) => row as unknown as CronJob

/** A row of both. */
export function toExecutionAndJob(row: Record<string, unknown>): { execution: CronExecution; job: CronJob } {
  const pick = (names: string[], prefix: string) =>
    Object.fromEntries(names.map((name) => [name, row[`${prefix}${name}`]]))
  return { execution: toExecution(pick(EXECUTION, '')), job: toJob(pick(JOB, 'job_')) }
}
