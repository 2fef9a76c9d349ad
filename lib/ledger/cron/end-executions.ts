import type { Context } from '../../ports/context.ts'
import type { Completion, EndedRun, ExpiredExecution, HeldExecution } from '../../ports/cron-store.ts'
import type { ActionOutcome } from './action-outcome.ts'
import { toCompletion } from './perform-execution.ts'
import { throwIfAway } from './throw-if-away.ts'

const BATCH = 100

/**
 * Ends executions whose process has gone: their lease ran out, and a job must not wait for them for ever. One that was to enqueue a
 * run and has not done so waits again.
 */
export async function endExpired(ctx: Context, at: string): Promise<number> {
  const requeued = await ctx.cron.requeueExpired(at, BATCH)
  const expired = await ctx.cron.expired(at, BATCH)
  const toEnd = (held: ExpiredExecution) => ({ ...toCompletion(ctx, held, GONE, at), isExpired: true })
  return requeued + (await endEach(ctx, expired, toEnd))
}

/** One that cannot be ended is logged, and keeps nobody from the rest. How many were ended. */
async function endEach<T extends HeldExecution>(
  ctx: Context,
  all: T[],
  toEnd: (one: T) => Completion,
  until = Number.POSITIVE_INFINITY,
): Promise<number> {
  let ended = 0
  for (const one of all) {
    if (ctx.now() >= until) break
    try {
      if ((await ctx.cron.complete(toEnd(one))) !== null) ended++
    } catch (error) {
      await throwIfAway(ctx, error)
      ctx.log.error('an execution could not be ended; the next round tries again', {
        executionId: one.id,
        error,
      })
    }
  }
  return ended
}

const GONE: ActionOutcome = {
  status: 'timeout',
  errorMessage: 'the process that ran it was gone when its lease ran out',
  isRetryable: true,
}

/** Gives executions that wait for a run its outcome, once it has one; by `until`, of `ctx.now`, it stops. */
export async function endWithRuns(ctx: Context, at: string, until?: number): Promise<number> {
  const toEnd = (one: EndedRun) => ({
    ...toCompletion(ctx, one, outcomeOf(one.run), at),
    completedAt: one.run?.finishedAt ?? at,
    ...usageOf(one.run),
  })
  return await endEach(ctx, await ctx.cron.ended(BATCH), toEnd, until)
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
    memoryUsageMb: memoryPeakBytes === null ? null : kept(memoryPeakBytes / 1_048_576),
    cpuUsagePercent: cpuSeconds === null || passedMs <= 0 ? null : kept((100_000 * cpuSeconds) / passedMs),
  }
}

/** As much as the column keeps: a holder may say what it likes. */
const kept = (value: number) => Math.min(2 ** 31 - 1, Math.round(value))
