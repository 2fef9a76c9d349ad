import { CRON } from '../../ports/actor.ts'
import type { Context } from '../../ports/context.ts'
import type { ClaimedExecution, Completion } from '../../ports/cron-store.ts'
import type { CronExecution, EndedStatus } from '../../run/cron-execution.ts'
import { cronRetryDelayMs } from '../../run/cron-retry.ts'
import { type ActionOutcome, Stopped, toFailure } from './action-outcome.ts'
import { beginRun } from './begin-run.ts'
import type { Builtin } from './builtins.ts'
import { callUrl } from './call-url.ts'
import { completePatiently } from './complete-patiently.ts'
import { logFor } from './log-for.ts'
import { withoutSecrets } from './without-secrets.ts'

export interface PerformOptions {
  builtins: Readonly<Record<string, Builtin>>
  /** How long it may take at most, whatever its job's timeout; undefined: as that. */
  cutMs?: number | undefined
  /** Aborts where nobody waits for it any more. */
  stop: AbortSignal
}

/**
 * Does what a claimed execution is for, and notes how it ended: its AbortSignal fires at its timeout, and nothing waits for an
 * action that does not listen. Gives back how it ended; null where it waits for a run, or somebody else has ended it.
 */
export async function performExecution(
  ctx: Context,
  claimed: ClaimedExecution,
  options: PerformOptions,
): Promise<EndedStatus | null> {
  const { execution, job } = claimed
  if (await beginRun(ctx, claimed)) return null
  // One that was triggered stays under the request that did it.
  const requestId = execution.requestId ?? ctx.requestId
  const log = logFor(ctx.log, { cronJob: job.name, executionId: execution.id, requestId })
  const began = { ms: ctx.now(), cpuMs: ctx.usage().cpuMs }
  const outcome = await withoutSecrets(
    ctx.redactor,
    await outcomeOf({ ...ctx, actor: CRON, log, requestId }, claimed, options),
  )
  const at = await ctx.cron.now()
  const ended = await completePatiently(ctx, {
    ...toCompletion(ctx, execution, outcome, at),
    ...usageSince(ctx, began),
  })
  if (ended === null) log.warn('somebody else has ended this execution; what it did counts for nothing')
  else if (ended.status === 'completed') log.info('a cron job completed', { durationMs: ended.durationMs })
  else log.warn(`a cron job ended: ${ended.status}`, { error: outcome.errorMessage ?? outcome.reason })
  return ended?.status as EndedStatus | null
}

/** How an execution ended, with the attempt that may follow it. */
export function toCompletion(
  ctx: Context,
  { id, fence, retryCount }: Pick<CronExecution, 'id' | 'fence' | 'retryCount'>,
  { isRetryable, ...outcome }: ActionOutcome,
  at: string,
): Completion {
  const retry = isRetryable ? { id: ctx.newId(), delayMs: cronRetryDelayMs(retryCount) } : null
  return { id, fence, at, completedAt: at, ...outcome, retry }
}

async function outcomeOf(
  ctx: Context,
  claimed: ClaimedExecution,
  { builtins, cutMs, stop }: PerformOptions,
): Promise<ActionOutcome> {
  const { timeoutMs } = claimed.job
  const limitMs = Math.min(timeoutMs, cutMs ?? timeoutMs)
  const ending = new AbortController()
  const timer = setTimeout(() => ending.abort(new Stopped(timedOut(limitMs, timeoutMs))), limitMs)
  const end = () => ending.abort(new Stopped(CANCELED))
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  try {
    const { promise: ended, reject } = Promise.withResolvers<never>()
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason))
    ending.signal.throwIfAborted()
    return await Promise.race([ended, act(ctx, claimed, { builtins, signal: ending.signal, limitMs })])
  } catch (error) {
    // An action that was stopped may say so in words of its own.
    return toFailure(ending.signal.aborted ? ending.signal.reason : error)
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', end)
  }
}

function timedOut(limitMs: number, timeoutMs: number): ActionOutcome {
  const words =
    limitMs < timeoutMs
      ? `cut after ${limitMs} ms: the time of the call that ran it was over`
      : `took longer than its timeout of ${timeoutMs} ms`
  return { status: 'timeout', errorMessage: words, isRetryable: true }
}

const CANCELED: ActionOutcome = {
  status: 'canceled',
  reason: 'the server stopped, and it did not end in time',
  isRetryable: false,
}

async function act(
  ctx: Context,
  { execution, job }: ClaimedExecution,
  {
    builtins,
    signal,
    limitMs,
  }: { builtins: PerformOptions['builtins']; signal: AbortSignal; limitMs: number },
): Promise<ActionOutcome> {
  const { action } = job
  if (action.type === 'http')
    return await callUrl(ctx, { action, job, execution, signal, timeoutMs: limitMs })
  const builtin = action.type === 'builtin' ? builtins[action.name] : undefined
  if (builtin === undefined) return toFailure(new Error('the program has no such builtin any more'))
  const { success, message, metrics } = await builtin(ctx, {
    executionId: execution.id,
    signal,
    budgetMs: limitMs,
  })
  return success
    ? { status: 'completed', exitCode: 0, output: message, metrics, isRetryable: false }
    : { status: 'failed', exitCode: 1, output: message, errorMessage: message, metrics, isRetryable: true }
}

function usageSince(ctx: Context, began: { ms: number; cpuMs: number }) {
  const { memoryBytes, cpuMs } = ctx.usage()
  const passedMs = ctx.now() - began.ms
  return {
    memoryUsageMb: Math.round(memoryBytes / 1_048_576),
    cpuUsagePercent: passedMs > 0 ? Math.round((100 * (cpuMs - began.cpuMs)) / passedMs) : null,
  }
}
