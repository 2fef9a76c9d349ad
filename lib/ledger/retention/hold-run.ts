import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { UNTIL_RELEASED } from '../../run/hold.ts'
import { RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { Reason } from '../../run/reason.ts'
import type { Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'

/** When something ends that somebody asks for: it lies ahead. */
export const Until = Instant.meta({ description: 'An instant to come', example: '2027-01-01T00:00:00.000Z' })

export const HoldRun = z.strictObject({
  id: RunId,
  reason: Reason,
  until: Until.optional().meta({ description: 'Default: until it is released' }),
})
export type HoldRun = z.input<typeof HoldRun>

/**
 * Keeps a run from being archived away or deleted, whatever the policies say, until it is released or the hold expires. Held again,
 * the new reason and end count. Throws `conflict` for a run that is being deleted, or is: what a hold is granted for is there.
 */
export async function holdRun(ctx: Context, input: HoldRun): Promise<Run> {
  requireScope(ctx, 'admin')
  const { id, reason, until = UNTIL_RELEASED } = parseInput(HoldRun, input)
  await getRun(ctx, { id }, 'admin')
  await refusePast(ctx, until)
  const held = await ctx.retentionStore.hold({ ...changeOf(ctx, id, reason), holdId: ctx.newId(), until })
  return await runAfter(ctx, id, held, 'held')
}

export const ReleaseRun = z.strictObject({ id: RunId, reason: Reason.optional() })
export type ReleaseRun = z.input<typeof ReleaseRun>

/** Ends a run's hold. A run that is not held stays as it is. Throws `not_found`. */
export async function releaseRun(ctx: Context, input: ReleaseRun): Promise<Run> {
  requireScope(ctx, 'admin')
  const { id, reason = 'released' } = parseInput(ReleaseRun, input)
  await getRun(ctx, { id }, 'admin')
  const released = await ctx.retentionStore.release(changeOf(ctx, id, reason))
  if (released === null) return await getRun(ctx, { id }, 'admin')
  return await runAfter(ctx, id, released, 'released')
}

/** What any such change is told and kept with. */
export function changeOf(ctx: Context, id: string, reason: string) {
  const { actor, requestId } = ctx
  return { id, auditId: ctx.newId(), reason, actor: actor.name, requestId }
}

/** Throws `invalid` for an instant that is over by the store's clock. */
export async function refusePast(ctx: Context, until: string): Promise<void> {
  const now = await ctx.retentionStore.now()
  if (until > now) return
  const message = `must lie ahead; it is ${now}`
  throw new LedgerError('invalid', `until: ${message}`, { issues: [{ path: 'until', message }] })
}

/** The run as it is now, of which others are told; throws `conflict` where it was not changed, as its data is going or gone. */
export async function runAfter(ctx: Context, id: string, changed: Run | null, to: string): Promise<Run> {
  if (changed !== null) {
    ctx.signals.emit(`run:${id}`)
    return changed
  }
  const { storageState } = await getRun(ctx, { id }, 'admin')
  const how = storageState === 'deleted' ? 'has been deleted' : 'is being deleted'
  throw new LedgerError('conflict', `run ${id} ${how}; it can no longer be ${to}`)
}
