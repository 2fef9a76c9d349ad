import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { canonicalJson } from '../../run/canonical-json.ts'
import type { CleanedOldRuns } from '../../run/deletion.ts'
import { LedgerError } from '../../run/errors.ts'
import { DEFAULTS, type RetentionPolicy } from '../../run/retention-policy.ts'
import type { Sweep } from '../../run/sweep.ts'
import { FINAL_STATES } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { policiesHash, readPolicies } from '../retention/policies.ts'
import { keepCleanupLog } from './cleanup-log.ts'
import { dueRuns } from './due-runs.ts'
import { makePass, type PassOptions } from './make-pass.ts'

export const CleanupOldRuns = z.strictObject({
  days: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .optional()
    .meta({ description: 'In the place of RETENTION_DAYS; rules that say how long go before it' }),
  status: z.array(z.enum(FINAL_STATES)).min(1).optional().meta({ description: 'That ended so' }),
  dryRun: z.boolean().default(false),
})
export type CleanupOldRuns = z.input<typeof CleanupOldRuns>

/** Source 000's. */
const BATCH = 100
const DAY_MS = 86_400_000

/**
 * Deletes finished runs with no outputs that are older than so many days: the log, then the record, in batches of 100. A log that
 * is not there is no error. What was done is also kept in `logs/cleanup/{date}-cleanup.log`. Runs that a rule says are deleted softly are
 * left to the delete sweep. Throws `needs_approval`, naming the sweep, where it would delete more than is usual: once that is approved,
 * the same input goes on with it, and no other. Source 000.
 */
export async function cleanupOldRuns(
  ctx: Context,
  input: CleanupOldRuns = {},
  options: PassOptions = {},
): Promise<CleanedOldRuns> {
  const sweep = await sweepCleanup(ctx, input, options)
  if (sweep.status === 'needs_approval')
    throw new LedgerError(
      'needs_approval',
      `sweep ${sweep.id} would delete ${sweep.plan.runs} runs: ${sweep.plan.because}. Let it through with POST /v1/sweeps/${sweep.id}:approve, then send the same request again`,
    )
  return toCleaned(sweep)
}

/** The same, told as a sweep. */
export async function sweepCleanup(
  ctx: Context,
  input: CleanupOldRuns = {},
  options: PassOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { days, status, dryRun } = parseInput(CleanupOldRuns, input)
  const { rules, revision, defaults: configured } = await readPolicies(ctx)
  const defaults = days === undefined ? configured : { ...configured, deleteAfterDays: days }
  const policies = { rules, defaults }
  const at = await ctx.retentionStore.now()
  const policyHash = createHash('sha256')
    .update(canonicalJson({ policies: policiesHash(policies), status: status ?? null }))
    .digest('hex')
  const sweep = await makePass(
    ctx,
    {
      kind: 'cleanup',
      dryRun,
      at,
      walks: dueRuns(ctx, { policies, states: status, withArchived: false, isMeant: isForGood }),
      policyHash,
      goesOn: true,
      policy: { revision, rules, defaults, status: status ?? null, cutoffDate: cutoffOf(at, defaults) },
      reason: 'old and without outputs',
      modeOf: () => 'hard',
    },
    { batch: BATCH, ...options },
  )
  if (!dryRun) await keepCleanupLog(ctx, sweep)
  return sweep
}

/** A rule that says softly means it. */
function isForGood({ deletionStrategy, from }: RetentionPolicy): boolean {
  return deletionStrategy === 'hard' || from.deletionStrategy === DEFAULTS
}

function cutoffOf(at: string, { deleteAfterDays }: { deleteAfterDays: number | null }): string {
  return new Date(Date.parse(at) - (deleteAfterDays ?? 0) * DAY_MS).toISOString()
}

function toCleaned({
  id,
  policy,
  counts,
  plan,
  bytes,
  errors,
  more,
  durationMs,
  dryRun,
}: Sweep): CleanedOldRuns {
  const { deletedRuns = 0, deletedLogFiles = 0 } = counts
  return {
    sweepId: id,
    deletedRuns: dryRun ? Number(plan.runs) : deletedRuns,
    deletedLogFiles,
    freedSpace: dryRun ? Number(plan.bytes) : bytes,
    duration: durationMs ?? 0,
    cutoffDate: String(policy.cutoffDate),
    errors,
    more,
  }
}
