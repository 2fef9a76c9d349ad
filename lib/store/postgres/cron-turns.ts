import { DELETING } from '../../run/cron-job.ts'

/** When an execution was due, by the database's clock. Ids are of the clocks of many processes, and break ties alone. */
export const dueAt = (row: string) => `coalesce(${row}."scheduledFor", ${row}."createdAt")`

/** Whether nobody is deleting the job `j`: of one that is deleted nothing begins any more. */
export const IS_KEPT = `j.problem IS DISTINCT FROM '${DELETING}'`

/**
 * What is open, with its turn among its job's: what is at work, then retries, lest an occurrence overtakes the one before it, then
 * what was due first. In one pass: to ask of each whether another is before it would take the square of them.
 */
export const IN_TURN = `(
  SELECT e.id, e."cronJobId", e.status, e."notBefore", ${dueAt('e')} AS due, row_number() OVER (
    PARTITION BY e."cronJobId" ORDER BY e.status <> 'running', e."retryCount" = 0, ${dueAt('e')}, e.id
  ) AS turn
  FROM cron_job_executions e WHERE e.status IN ('queued', 'running')
) o JOIN cron_jobs j ON j.id = o."cronJobId" AND ${IS_KEPT}`

/** Whether the job `j` lets what is queued as `o` begin now. */
export const MAY_BEGIN = `(j."overlapPolicy" = 'allow' OR o.turn = 1)`
