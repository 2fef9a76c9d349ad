/** When an execution was due, by the database's clock. Ids are of the clocks of many processes, and break ties alone. */
export const dueAt = (row: string) => `coalesce(${row}."scheduledFor", ${row}."createdAt")`

/** Whose turn it is among a job's executions: retries first, lest an occurrence overtakes the one before it. */
export const turnOf = (row: string) => `(${row}."retryCount" = 0), ${dueAt(row)}, ${row}.id`

/** Whether one of its job is at work, or has its turn before `e`. */
export const IS_BEHIND = `
  EXISTS (
    SELECT FROM cron_job_executions o WHERE o."cronJobId" = e."cronJobId" AND o.status IN ('queued', 'running')
      AND o.id <> e.id AND (o.status = 'running' OR (${turnOf('o')}) < (${turnOf('e')}))
  )`

/** Whether the job `j` lets the execution `e` begin now. */
export const MAY_BEGIN = `(j."overlapPolicy" = 'allow' OR NOT ${IS_BEHIND})`
