import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Move, RunPatch } from '../../ports/run-store.ts'
import { RELEASED } from '../../run/limits.ts'
import { decideOutcome } from '../../run/outcome.ts'
import type { Run } from '../../run/run.ts'
import { isFinal, TRANSITIONS } from '../../run/transitions.ts'
import { truncateMiddle } from '../../run/truncate.ts'
import { projectGuard } from '../project.ts'
import type { CompleteRun, FailRun } from './completion.ts'
import type { Lease } from './lease-token.ts'

/** One completion as it was sent: its place in the batch, the lease it is made under, what it says. */
export interface Report {
  n: number
  lease: Lease
  body: z.output<typeof CompleteRun>
}

/** The run has done what it should; only its fence matters. */
export function succeedMove(ctx: Context, { lease, body }: Report): Move {
  const outputRef = body.outcome === 'succeeded' ? (body.outputRef ?? null) : null
  return {
    id: lease.id,
    from: TRANSITIONS.complete.from,
    guard: { fence: lease.fence, leased: true, ...projectGuard(ctx.actor) },
    patch: { state: 'succeeded', ...measured(body), outputRef, error: null, errorCode: null, progress: 100 },
    events: [
      { type: 'run.succeeded', data: { fence: lease.fence, outputRef, by: 'holder', outcome: 'succeeded' } },
    ],
    actor: ctx.actor.name,
  }
}

/** The attempt has failed: what that makes of the run as it is. */
export function failMove(ctx: Context, { lease, body }: Report, run: Run): Move {
  const { error, retryable } = body as z.output<typeof FailRun>
  const released = retryable && error === RELEASED
  const outcome = decideOutcome(run, { errorCode: released ? 'released' : 'error', retryable }, ctx.random())
  const { finishedAt, ...measures } = measured(body)
  const told = truncateMiddle(error)
  const data = {
    fence: lease.fence,
    attempt: run.attempt,
    error: truncateMiddle(error, 1_000),
    exitCode: body.exitCode ?? null,
  }
  return {
    id: lease.id,
    from: TRANSITIONS.complete.from,
    guard: {
      fence: lease.fence,
      leased: true,
      cancelRequested: run.cancelRequestedAt !== null,
      ...projectGuard(ctx.actor),
    },
    patch: {
      state: outcome.state,
      attempt: outcome.attempt,
      ...measures,
      error: told,
      errorCode: outcome.errorCode,
      ...(isFinal(outcome.state) ? { finishedAt } : { runAt: { inMs: outcome.delayMs } }),
    },
    events: [
      { type: outcome.event, data: { ...data, delayMs: outcome.delayMs, by: 'holder', outcome: 'failed' } },
    ],
    actor: ctx.actor.name,
  }
}

/** Rule 1's exception: a run that only its lease's end made fail may still be told of by its holder. */
export function recoverMove(ctx: Context, one: Report): Move {
  const { lease, body } = one
  const recovered = { type: 'run.recovered' as const, data: { fence: lease.fence } }
  const base = body.outcome === 'succeeded' ? succeedMove(ctx, one) : lastFailMove(ctx, one)
  return {
    ...base,
    from: TRANSITIONS.recover.from,
    guard: { fence: lease.fence, errorCode: 'lost', ...projectGuard(ctx.actor) },
    events: [recovered, ...base.events],
  }
}

function lastFailMove(ctx: Context, { lease, body }: Report): Move {
  const { error } = body as z.output<typeof FailRun>
  const data = { fence: lease.fence, error: truncateMiddle(error, 1_000), exitCode: body.exitCode ?? null }
  return {
    id: lease.id,
    from: TRANSITIONS.recover.from,
    patch: { state: 'failed', ...measured(body), error: truncateMiddle(error), errorCode: 'error' },
    events: [{ type: 'run.failed', data: { ...data, by: 'holder', outcome: 'failed' } }],
    actor: ctx.actor.name,
  }
}

function measured({ exitCode, metrics, finishedAt, logBytes }: Report['body']) {
  return {
    exitCode: exitCode ?? null,
    memoryPeakBytes: metrics?.memoryPeakBytes ?? null,
    cpuSeconds: metrics?.cpuSeconds ?? null,
    finishedAt: finishedAt === undefined ? 'now' : { at: finishedAt },
    ...(logBytes === undefined ? {} : { logFinalOffset: logBytes }),
  } satisfies RunPatch
}
