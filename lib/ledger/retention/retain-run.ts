import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { RunId } from '../../run/ids.ts'
import { Reason } from '../../run/reason.ts'
import type { Run } from '../../run/run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'
import { changeOf, refusePast, runAfter, Until } from './hold-run.ts'

export const RetainRun = z.strictObject({
  id: RunId,
  until: Until.nullable().meta({ description: 'Null: no longer than the policies say' }),
  reason: Reason,
})
export type RetainRun = z.input<typeof RetainRun>

/**
 * Keeps a run from being deleted before an instant; it is archived as any other. Said again, the last word counts. Throws `conflict`
 * for a run that is being deleted, or is. Source 002: extend retention for important runs.
 */
export async function retainRun(ctx: Context, input: RetainRun): Promise<Run> {
  requireScope(ctx, 'admin')
  const { id, until, reason } = parseInput(RetainRun, input)
  await getRun(ctx, { id }, 'admin')
  if (until !== null) await refusePast(ctx, until)
  const retained = await ctx.retentionStore.retain({ ...changeOf(ctx, id, reason), until })
  return await runAfter(ctx, id, retained, 'kept for longer')
}
