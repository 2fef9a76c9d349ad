import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { Reason } from '../../run/reason.ts'
import type { Run } from '../../run/run.ts'
import { TRANSITIONS } from '../../run/transitions.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { parseInput } from '../parse-input.ts'
import { projectGuard } from '../project.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from './get-run.ts'
import { queueTopic } from './watch-queue.ts'

export const RetryRun = z.strictObject({ id: RunId, reason: Reason.optional() })
export type RetryRun = z.input<typeof RetryRun>

/**
 * Puts a failed or canceled run back into the queue with its attempts counted anew. Its fence is kept, so whoever held it
 * before stays locked out, and the wish to cancel is forgotten. Throws `conflict` for a run in another state, one whose files
 * are archived, and one that was born running; `not_found`. Source 004.
 */
export async function retryRun(ctx: Context, input: RetryRun): Promise<Run> {
  requireScope(ctx, 'runs:write')
  const { id, reason = null } = parseInput(RetryRun, input)
  await takeTokens(ctx, 'enqueue', 1)
  const [run] = await ctx.runs.move([
    {
      id,
      from: TRANSITIONS.retry.from,
      guard: { origin: 'enqueued', storageState: 'active', ...projectGuard(ctx.actor) },
      patch: AFRESH,
      events: [{ type: 'run.retried', data: { reason, by: 'person' } }],
      actor: ctx.actor.name,
    },
  ])
  if (run) {
    ctx.signals.emit(queueTopic(run.projectId))
    ctx.signals.emit(`run:${id}`)
    return run
  }
  const found = await getRun(ctx, { id }, 'runs:write')
  throw new LedgerError('conflict', `run ${id} cannot be retried: ${whyNot(found)}`)
}

function whyNot({ origin, state, storageState, createdBy }: Run): string {
  if (origin === 'started')
    return `it did not come from the queue; ${createdBy ?? 'whoever'} started it, and has to start it again`
  if (state === 'failed' || state === 'canceled') return `its files are ${storageState}; restore it first`
  return `it is ${state}; only a failed or canceled run can be retried`
}

const AFRESH = {
  state: 'queued',
  attempt: 0,
  runAt: 'now',
  error: null,
  errorCode: null,
  outputRef: null,
  exitCode: null,
  memoryPeakBytes: null,
  cpuSeconds: null,
  cancelRequestedAt: null,
  progress: 0,
  progressMessage: null,
} as const
