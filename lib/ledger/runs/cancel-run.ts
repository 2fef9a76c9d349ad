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
import { hintChange } from './hint-change.ts'

export const CancelRun = z.strictObject({ id: RunId, reason: Reason.optional() })
export type CancelRun = z.input<typeof CancelRun>

const TRIES = 3

/**
 * Cancels a queued run at once; asks a running one to stop, which its next heartbeat reports and its worker, or else the
 * sweep, carries out. Canceling what is canceled, or asked to be, changes nothing. Throws `conflict` for a run that has
 * ended otherwise, `not_found`. Source 004.
 */
export async function cancelRun(ctx: Context, input: CancelRun): Promise<Run> {
  requireScope(ctx, 'runs:write')
  const { id, reason = null } = parseInput(CancelRun, input)
  await takeTokens(ctx, 'cancel', 1)
  // A run may leave one state for the other between the two tries.
  for (let tries = 0; tries < TRIES; tries++) {
    const run = (await cancelQueued(ctx, id, reason)) ?? (await askRunning(ctx, id, reason))
    if (run !== null) {
      hintChange(ctx, run)
      return run
    }
    const found = await getRun(ctx, { id }, 'runs:write')
    if (found.state === 'canceled' || (found.state === 'running' && found.cancelRequestedAt !== null))
      return found
    if (found.state === 'succeeded' || found.state === 'failed')
      throw new LedgerError(
        'conflict',
        `run ${id} has already ${found.state}; only a queued or running run can be canceled`,
      )
  }
  throw new LedgerError('conflict', `run ${id} keeps changing; try again`)
}

async function cancelQueued(ctx: Context, id: string, reason: string | null): Promise<Run | null> {
  const [run] = await ctx.runs.move([
    {
      id,
      from: TRANSITIONS.cancel.from,
      guard: projectGuard(ctx.actor),
      patch: {
        state: 'canceled',
        finishedAt: 'now',
        cancelRequestedAt: 'now',
        errorCode: 'canceled',
        error: reason,
      },
      events: [{ type: 'run.canceled', data: { reason, by: 'person' } }],
      actor: ctx.actor.name,
    },
  ])
  return run ?? null
}

async function askRunning(ctx: Context, id: string, reason: string | null): Promise<Run | null> {
  const [run] = await ctx.runs.move([
    {
      id,
      from: TRANSITIONS.requestCancel.from,
      guard: { cancelRequested: false, ...projectGuard(ctx.actor) },
      patch: { cancelRequestedAt: 'now' },
      events: [{ type: 'run.cancel_requested', data: { reason } }],
      actor: ctx.actor.name,
    },
  ])
  return run ?? null
}
