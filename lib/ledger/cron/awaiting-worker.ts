import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { RunId } from '../../run/ids.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

/** More than may be open of one job. */
const MOST = 200

export const AwaitingWorker = z.strictObject({
  job: RunId.optional().meta({ description: 'Of the job with this id alone' }),
})
export type AwaitingWorker = z.input<typeof AwaitingWorker>

/**
 * The executions, of the newest 200 that run, whose run is still in the queue: nothing is at work for them until a worker claims it.
 * By their ids.
 */
export async function awaitingWorker(ctx: Context, input: AwaitingWorker = {}): Promise<Set<string>> {
  requireScope(ctx, 'admin')
  const { job: jobId } = parseInput(AwaitingWorker, input)
  const running = await ctx.cron.listExecutions({ jobId, status: ['running'], limit: MOST })
  const byRun = new Map(running.flatMap(({ id, runId }) => (runId === null ? [] : [[runId, id] as const])))
  if (byRun.size === 0) return new Set()
  const runs = await ctx.runs.get([...byRun.keys()], { isBrief: true })
  return new Set(runs.flatMap((run) => (run?.state === 'queued' ? (byRun.get(run.id) ?? []) : [])))
}
