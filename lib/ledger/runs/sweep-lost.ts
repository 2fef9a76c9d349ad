import type { Context } from '../../ports/context.ts'
import type { Lapsed, Move } from '../../ports/run-store.ts'
import { decideOutcome } from '../../run/outcome.ts'
import { isFinal, TRANSITIONS } from '../../run/transitions.ts'
import { requireScope } from '../require-scope.ts'
import { hintChange } from './hint-change.ts'

/** What a sweep did. */
export interface SweptLost {
  swept: number
  requeued: number
  failed: number
  canceled: number
  /** Whether there may be more to do. */
  more: boolean
}

/**
 * Ends what nobody holds any more: runs whose lease ran out, and those past their timeout (under a live lease, too).
 * With attempts left and no cancel asked they go back to the queue. Bounded, and safe to run anywhere at any time: the
 * condition is asked again in the update, so a run that completed in between is left alone (rule 7).
 */
export async function sweepLost(ctx: Context, { limit = 500 }: { limit?: number } = {}): Promise<SweptLost> {
  requireScope(ctx, 'admin')
  const lapsed = await ctx.runs.lapsed(limit)
  const moved = await ctx.runs.move(lapsed.map((one) => toMove(ctx, one)))
  const ended = moved.filter((run) => run !== null)
  for (const run of ended) hintChange(ctx, run)
  const count = (state: string) => ended.filter((run) => run.state === state).length
  const counts = { requeued: count('queued'), failed: count('failed'), canceled: count('canceled') }
  return { swept: ended.length, ...counts, more: lapsed.length >= limit }
}

/** The same until there is nothing left, or `until` (of `ctx.now`). */
export async function sweepAllLost(ctx: Context, until: number): Promise<SweptLost> {
  requireScope(ctx, 'admin')
  const done = { swept: 0, requeued: 0, failed: 0, canceled: 0, more: true }
  while (done.more && ctx.now() < until) {
    const { more, ...counts } = await sweepLost(ctx)
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) done[key] += counts[key]
    // A full batch that moved nothing is another tick's work in progress.
    done.more = more && counts.swept > 0
  }
  return done
}

function toMove(ctx: Context, { run, why }: Lapsed): Move {
  const outcome = decideOutcome(run, { errorCode: why, retryable: true }, ctx.random())
  const error =
    why === 'lost'
      ? `worker lost: no heartbeat since ${run.heartbeatAt ?? run.startedAt}`
      : `timed out: still running ${run.timeoutSeconds} s after its start`
  const data = { fence: run.fence, attempt: run.attempt, workerId: run.claimedBy, error, by: 'sweep' }
  const lost = why === 'lost' ? [{ type: 'run.lost' as const, data }] : []
  return {
    id: run.id,
    from: TRANSITIONS.sweep.from,
    guard: { fence: run.fence, lapsed: true, cancelRequested: run.cancelRequestedAt !== null },
    patch: {
      state: outcome.state,
      attempt: outcome.attempt,
      error,
      errorCode: outcome.errorCode,
      ...(isFinal(outcome.state) ? { finishedAt: 'now' } : { runAt: { inMs: outcome.delayMs } }),
    },
    events: [...lost, { type: outcome.event, data: { ...data, delayMs: outcome.delayMs } }],
    actor: 'system',
  }
}
