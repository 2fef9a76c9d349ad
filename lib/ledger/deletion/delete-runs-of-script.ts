import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { DeletableRun, DeletionPlace } from '../../ports/deletion-store.ts'
import type { CleanedRuns } from '../../run/deletion.ts'
import { holdEnd, isHeld } from '../../run/hold.ts'
import { LIMITS } from '../../run/limits.ts'
import { DeletionStrategy, policyFor, type RetentionPolicies } from '../../run/retention-policy.ts'
import { isFinal } from '../../run/transitions.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readPolicies } from '../retention/policies.ts'
import { Reason } from '../runs/cancel-run.ts'
import { authorOf } from './author-of.ts'
import { deleteDue } from './delete-due.ts'
import { DeletionTally } from './deletion-tally.ts'
import type { DueRun } from './due-runs.ts'
import type { PassOptions } from './make-pass.ts'

export const DeleteRunsOfScript = z.strictObject({
  scriptId: z.number().int(),
  reason: Reason.optional(),
  mode: DeletionStrategy.optional().meta({ description: 'Default: as the policy of each run says' }),
})
export type DeleteRunsOfScript = z.input<typeof DeleteRunsOfScript>

const PAGE = 500
const FIRST: DeletionPlace = { isArchived: false, at: '-infinity', id: '' }

/**
 * Deletes every finished run of a script, however young. Those that have not finished, are held, or whose files somebody works on are
 * skipped, and named. Bounded in time: `more` says whether some are left. Source 000's `deleteByScriptId`.
 */
export async function deleteRunsOfScript(
  ctx: Context,
  input: DeleteRunsOfScript,
  { budgetMs = LIMITS.sweepMs, signal, batch = PAGE }: PassOptions = {},
): Promise<CleanedRuns & { more: boolean }> {
  requireScope(ctx, 'admin')
  const {
    scriptId,
    reason = `every run of script ${scriptId} was deleted`,
    mode,
  } = parseInput(DeleteRunsOfScript, input)
  const until = ctx.now() + budgetMs
  const isOver = () => ctx.now() >= until || signal?.aborted === true
  const policies = await readPolicies(ctx)
  const tally = new DeletionTally()
  const author = authorOf(ctx, reason)
  const mayDelete = async () => true
  let more = false
  for (let place: DeletionPlace | null = FIRST; place !== null && !more; ) {
    const runs: DeletableRun[] = await ctx.deletions.ofScript({ scriptId, place, limit: PAGE })
    const due = await deletable(ctx, { runs, policies, tally })
    const modeOf = ({ deletionStrategy }: DueRun['policy']) => mode ?? deletionStrategy
    const work = { author, tally, batch, modeOf, mayDelete, isOver }
    more = (await deleteDue(ctx, due, work)) !== null
    place = placeAfter(place, runs)
  }
  const { runs: deletedRuns, logFiles: deletedLogFiles, bytes: freedSpace, errors } = tally
  return { deletedRuns, deletedLogFiles, freedSpace, errors, more }
}

async function deletable(
  ctx: Context,
  { runs, policies, tally }: { runs: DeletableRun[]; policies: RetentionPolicies; tally: DeletionTally },
): Promise<DueRun[]> {
  const at = await ctx.retentionStore.now()
  return runs.flatMap((run) => {
    const why = whyNot(run, at)
    if (why === null) return [{ run, policy: policyFor(run, policies) }]
    tally.wrong(run.id, `skipped: it ${why}`)
    return []
  })
}

function whyNot(run: DeletableRun, at: string): string | null {
  const { state, holdUntil, storageState, isFree } = run
  if (!isFinal(state)) return `is ${state}`
  if (holdUntil !== null && isHeld(run, at)) return `is held ${holdEnd(holdUntil)}`
  const isAtRest = storageState === 'active' || storageState === 'archived'
  return isAtRest && isFree ? null : 'is being archived or restored'
}

function placeAfter({ isArchived }: DeletionPlace, runs: DeletableRun[]): DeletionPlace | null {
  const last = runs.length < PAGE ? undefined : runs.at(-1)
  if (last !== undefined) return { isArchived, at: last.createdAt, id: last.id }
  return isArchived ? null : { ...FIRST, isArchived: true }
}
