import type { ExecutionFilter } from '../../ports/cron-store.ts'
import type { CronExecution } from '../../run/cron-execution.ts'
import type { Pool } from './connect.ts'
import { executionColumns, toExecution } from './cron-rows.ts'
import { query } from './query.ts'

/**
 * `CronStore.listExecutions`: keyset by `(createdAt, id)`. Only what is asked for stands in the text, so that an index answers it
 * in order; there are few such texts. A trigger stands there itself: of a parameter the planner cannot tell how rare it is.
 */
export async function listExecutions(pool: Pool, filter: ExecutionFilter): Promise<CronExecution[]> {
  const { text, values } = listQuery(filter)
  return (await query(pool, text, values)).map(toExecution)
}

function listQuery({ jobId, status, triggeredBy, since, before, after, limit }: ExecutionFilter) {
  const values: unknown[] = []
  const given = (value: unknown, condition: (parameter: string) => string) =>
    value === undefined ? [] : [condition(`$${values.push(value)}`)]
  const conditions = [
    ...given(jobId, (id) => `e."cronJobId" = ${id}`),
    ...(triggeredBy === undefined ? [] : [TRIGGERS[triggeredBy]]),
    ...given(since, (time) => `e."createdAt" >= ${time}`),
    ...given(before, (time) => `e."createdAt" < ${time}`),
    ...(after === undefined
      ? []
      : [`(e."createdAt", e.id) < ($${values.push(after.createdAt)}, $${values.push(after.id)})`]),
  ]
  const newest = `ORDER BY e."createdAt" DESC, e.id DESC LIMIT $${values.push(limit)}`
  const some = (also: string[]) => `
    SELECT ${executionColumns('e')} FROM cron_job_executions e
    ${[...conditions, ...also].map((condition, n) => `${n === 0 ? 'WHERE' : 'AND'} ${condition}`).join(' ')} ${newest}`
  if (status === undefined) return { text: some([]), values }
  // Of each status the newest, of those the newest: all of one order, where several together have none.
  const text = `SELECT e.* FROM unnest($${values.push(status)}::text[]) AS s(status)
    CROSS JOIN LATERAL (${some(['e.status = s.status'])}) e ${newest}`
  return { text, values }
}

const rare = (trigger: string) => `e."triggeredBy" = '${trigger}' AND e."triggeredBy" <> 'scheduler'`
const TRIGGERS = {
  scheduler: `e."triggeredBy" = 'scheduler'`,
  manual: rare('manual'),
  api: rare('api'),
  retry: rare('retry'),
} as const
