import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { type CronExecution, ExecutionStatus, TriggeredBy } from '../../run/cron-execution.ts'
import { fromCursor, toCursor } from '../../run/cursor.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { Reason } from '../../run/reason.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { cancelRun } from '../runs/cancel-run.ts'
import { getRun } from '../runs/get-run.ts'
import { auditOfJob } from './audit-of-cron.ts'
import { CRON_TOPIC, findJob } from './find-job.ts'
import { CronJobRef } from './job-input.ts'

const statuses = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z.array(ExecutionStatus).min(1).max(10),
)

/** Which executions. */
export const ListCronExecutions = z.strictObject({
  job: CronJobRef.shape.job.optional().meta({ description: 'Of this job alone' }),
  status: statuses.optional().meta({ description: 'One or more, joined by commas' }),
  triggeredBy: TriggeredBy.optional(),
  since: Instant.optional().meta({ description: 'Recorded at or after' }),
  before: Instant.optional().meta({ description: 'Recorded before' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().min(1).max(200).optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListCronExecutions = z.input<typeof ListCronExecutions>

/** Executions, newest first: what was fired, and what was not and why. Throws `not_found` for a job there is none of. Source 003. */
export async function listCronExecutions(
  ctx: Context,
  input: ListCronExecutions = {},
): Promise<{ data: CronExecution[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { job, limit, cursor, ...filter } = parseInput(ListCronExecutions, input)
  const jobId = job === undefined ? undefined : (await findJob(ctx, job)).id
  const after = cursor === undefined ? undefined : fromCursor(cursor)
  const executions = await ctx.cron.listExecutions({ ...filter, jobId, after, limit: limit + 1 })
  const data = fittingAnswer(executions.slice(0, limit))
  const last = data.at(-1)
  return { data, nextCursor: executions.length > data.length && last ? toCursor(last) : null }
}

export const GetCronExecution = z.strictObject({ id: RunId })
export type GetCronExecution = z.input<typeof GetCronExecution>

/** One execution. Throws `not_found`. */
export async function getCronExecution(ctx: Context, input: GetCronExecution): Promise<CronExecution> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(GetCronExecution, input)
  const execution = await ctx.cron.getExecution(id)
  if (execution === null) throw new LedgerError('not_found', `there is no execution ${id}`)
  return execution
}

export const CancelCronExecution = z.strictObject({ id: RunId, reason: Reason.optional() })
export type CancelCronExecution = z.input<typeof CancelCronExecution>

/**
 * Cancels an execution that waits at once, and asks the run of one that has enqueued one to stop, whose end it then takes. One
 * that has ended otherwise, or that the ledger itself is at, is a `conflict`. Throws `not_found`.
 */
export async function cancelCronExecution(ctx: Context, input: CancelCronExecution): Promise<CronExecution> {
  requireScope(ctx, 'admin')
  const { id, reason } = parseInput(CancelCronExecution, input)
  const by = `canceled by ${ctx.actor.name}`
  const words = reason === undefined ? by : `${by}: ${reason}`
  const seen = await getCronExecution(ctx, { id })
  const job = await findJob(ctx, seen.cronJobId)
  const audit = auditOfJob(ctx, 'cron.canceled', job, { executionId: id }, reason)
  const canceled = await ctx.cron.cancelQueued(id, await ctx.cron.now(), words, audit)
  if (canceled !== null) {
    // What waits behind it may begin, and the failure of the attempt before is to be told.
    ctx.signals.emit(CRON_TOPIC)
    return canceled
  }
  const execution = await getCronExecution(ctx, { id })
  const { status, runId } = execution
  if (status === 'canceled') return execution
  if (status === 'running' && runId !== null) {
    const { state, cancelRequestedAt } = await getRun(ctx, { id: runId })
    await cancelRun(ctx, { id: runId, reason: words })
    if (state !== 'canceled' && cancelRequestedAt === null) await ctx.audit.append([audit])
    return execution
  }
  const why = status === 'running' ? 'is at work, and ends with its timeout at the latest' : `is ${status}`
  throw new LedgerError('conflict', `execution ${id} ${why}; only one that waits can be canceled`)
}
