import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { canonicalJson } from '../../run/canonical-json.ts'
import type { CleanedRuns } from '../../run/deletion.ts'
import { LedgerError } from '../../run/errors.ts'
import { Reason } from '../../run/reason.ts'
import { DeletionStrategy } from '../../run/retention-policy.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readPolicies } from '../retention/policies.ts'
import { makePass, type PassOptions } from './make-pass.ts'
import { runsOfScript } from './runs-of-script.ts'

export const DeleteRunsOfScript = z.strictObject({
  scriptId: z.number().int(),
  reason: Reason.optional(),
  mode: DeletionStrategy.optional().meta({ description: 'Default: as the policy of each run says' }),
})
export type DeleteRunsOfScript = z.input<typeof DeleteRunsOfScript>

const BATCH = 500
const MOST_NAMED = 100

/**
 * Deletes every finished run of a script, however young. Those that have not finished, are held, or whose files somebody works on are
 * skipped, and the first hundred are named. Bounded in time, and from the first run on each time: `more` says whether some are left.
 * Throws `needs_approval`, naming the sweep, where it would delete more than is usual: once that is approved, the same input goes on with
 * what had ended when it was counted, and no other. Source 000's `deleteByScriptId`.
 */
export async function deleteRunsOfScript(
  ctx: Context,
  input: DeleteRunsOfScript,
  options: PassOptions = {},
): Promise<CleanedRuns & { more: boolean }> {
  requireScope(ctx, 'admin')
  const {
    scriptId,
    reason = `every run of script ${scriptId} was deleted`,
    mode,
  } = parseInput(DeleteRunsOfScript, input)
  const { rules, defaults, revision, hash } = await readPolicies(ctx)
  const skipped = new Map<string, string>()
  const sweep = await makePass(
    ctx,
    {
      kind: 'script',
      dryRun: false,
      at: await ctx.retentionStore.now(),
      walks: runsOfScript(ctx, {
        scriptId,
        policies: { rules, defaults },
        skip: (id, why) => {
          if (skipped.size < MOST_NAMED) skipped.set(id, why)
        },
      }),
      policyHash: createHash('sha256')
        .update(canonicalJson({ scriptId, mode: mode ?? null, policies: hash }))
        .digest('hex'),
      // What it deletes is in its walk no more: at the front are those alone that may not go, or have ended since.
      goesOn: false,
      policy: { revision, scriptId, mode: mode ?? null },
      reason,
      modeOf: ({ deletionStrategy }) => mode ?? deletionStrategy,
    },
    { batch: BATCH, ...options },
  )
  const { id, status, plan, counts, bytes: freedSpace, errors, more } = sweep
  if (status === 'needs_approval')
    throw new LedgerError(
      'needs_approval',
      `sweep ${id} would delete ${plan.runs} runs of script ${scriptId}: ${plan.because}. Let it through with POST /v1/sweeps/${id}:approve, then send the same request again`,
    )
  const { deletedRuns = 0, deletedLogFiles = 0 } = counts
  const left = [...skipped].map(([item, why]) => ({ item, message: `skipped: it ${why}` }))
  return { deletedRuns, deletedLogFiles, freedSpace, errors: [...left, ...errors], more }
}
