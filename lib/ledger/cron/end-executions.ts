import type { Context } from '../../ports/context.ts'
import type { EndedRun } from '../../ports/cron-store.ts'
import type { ActionOutcome } from './action-outcome.ts'
import { toCompletion } from './perform-execution.ts'

const BATCH = 100

/** Ends executions whose process has gone: their lease ran out, and a job must not wait for them for ever. */
export async function endExpired(ctx: Context, at: string): Promise<number> {
  let ended = 0
  for (const held of await ctx.cron.expired(at, BATCH)) {
    const completion = toCompletion(ctx, held, GONE, at)
    if ((await ctx.cron.complete(completion)) !== null) ended++
  }
  return ended
}

const GONE: ActionOutcome = {
  status: 'timeout',
  errorMessage: 'the process that ran it was gone when its lease ran out',
  isRetryable: true,
}

/** Gives executions that wait for a run its outcome, once it has one. */
export async function endWithRuns(ctx: Context, at: string): Promise<number> {
  let ended = 0
  for (const one of await ctx.cron.ended(BATCH)) {
    const { run } = one
    const completion = {
      ...toCompletion(ctx, one, outcomeOf(run), at),
      completedAt: run?.finishedAt ?? at,
      ...usageOf(run),
    }
    if ((await ctx.cron.complete(completion)) !== null) ended++
  }
  return ended
}

function outcomeOf(run: EndedRun['run']): ActionOutcome {
  if (run === null) return { status: 'canceled', reason: 'its run was deleted', isRetryable: false }
  const { state, error, errorCode, exitCode, outputRef } = run
  if (state === 'succeeded') return { status: 'completed', exitCode, output: outputRef, isRetryable: false }
  if (state === 'canceled')
    return { status: 'canceled', reason: error ?? 'its run was canceled', exitCode, isRetryable: false }
  const status = errorCode === 'timeout' ? 'timeout' : 'failed'
  return { status, exitCode, errorMessage: error, isRetryable: true }
}

/** What the run's holder said that it took. */
function usageOf(run: EndedRun['run']) {
  if (run === null) return {}
  const { memoryPeakBytes, cpuSeconds, startedAt, finishedAt } = run
  const passedMs = startedAt === null ? 0 : Date.parse(finishedAt) - Date.parse(startedAt)
  return {
    memoryUsageMb: memoryPeakBytes === null ? null : Math.round(memoryPeakBytes / 1_048_576),
    cpuUsagePercent:
      cpuSeconds === null || passedMs <= 0 ? null : Math.round((100_000 * cpuSeconds) / passedMs),
  }
}
