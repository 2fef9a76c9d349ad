import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { CronJob } from '../../run/cron-job.ts'
import { RegularSweep } from '../../run/sweep.ts'
import { triggerBuiltin } from '../cron/trigger-builtin.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { SWEEP_JOBS } from './watch-sweeps.ts'

export const TriggerSweep = z.strictObject({ kind: RegularSweep })
export type TriggerSweep = z.input<typeof TriggerSweep>

/** Has a sweep made now by the cron job that makes those of its kind, and does not wait for it. Throws as `triggerBuiltin`. */
export async function triggerSweep(
  ctx: Context,
  input: TriggerSweep,
): Promise<{ job: CronJob; executionId: string }> {
  requireScope(ctx, 'admin')
  const { kind } = parseInput(TriggerSweep, input)
  return await triggerBuiltin(ctx, { builtin: SWEEP_JOBS[kind] })
}
