import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readPolicies } from '../retention/policies.ts'
import { dueRuns } from './due-runs.ts'
import { makePass, type PassOptions } from './make-pass.ts'

export const SweepDelete = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepDelete = z.input<typeof SweepDelete>

/**
 * Deletes every run whose time has come by the policies in force: softly or for good, as its policy says, from its archive, or
 * from where it was made where there is nothing to archive. Not one that has not ended, is held, is one of the last of its kind, or
 * was asked to be kept. Waits as `needs_approval` where it would delete more than is usual. `dryRun` counts. Source 002.
 */
export async function sweepDelete(
  ctx: Context,
  input: SweepDelete = {},
  options: PassOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepDelete, input)
  const { rules, defaults, revision, hash } = await readPolicies(ctx)
  return await makePass(
    ctx,
    {
      kind: 'delete',
      dryRun,
      at: await ctx.retentionStore.now(),
      walks: dueRuns(ctx, { policies: { rules, defaults }, withArchived: true }),
      policyHash: hash,
      goesOn: true,
      policy: { revision, rules, defaults },
      reason: 'its time was over by the retention policies',
      modeOf: ({ deletionStrategy }) => deletionStrategy,
    },
    options,
  )
}
