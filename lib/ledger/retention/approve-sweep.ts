import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { Reason } from '../../run/reason.ts'
import type { Sweep, SweepApproval } from '../../run/sweep.ts'
import { tellLetThrough } from '../deletion/breaker.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { readPolicies } from './policies.ts'
import { getSweep } from './sweeps.ts'

const Most = z.number().int().min(0)

export const ApproveSweep = z
  .strictObject({
    id: RunId,
    reason: Reason.optional(),
    mostRuns: Most.optional().meta({ description: 'Default, and at most: what the sweep has counted' }),
    mostBytes: Most.optional().meta({ description: 'Default, and at most: what the sweep has counted' }),
  })
  .meta({ id: 'ApproveSweep' })
export type ApproveSweep = z.input<typeof ApproveSweep>

/** For so long an approval is good. */
const APPROVAL_HOURS = 48

/** As a sweep notes it. */
const Planned = z.object({ cutoff: z.iso.datetime(), runs: Most, bytes: Most })
const Policy = z.object({ hash: z.string() })

/**
 * Lets a sweep through that would delete more than is usual: what was due when it was counted, by the policy of then, no more than it
 * counted, and within two days. The next sweep of its kind goes on with it, of a cleanup one for the same days and status, of the runs of
 * a script the same request; whatever is beyond needs another. Throws `not_found`; `conflict` for a sweep that does not wait, and where the policy has changed since.
 */
export async function approveSweep(ctx: Context, input: ApproveSweep): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { id, reason = null, ...asked } = parseInput(ApproveSweep, input)
  const sweep = await getSweep(ctx, { id })
  if (sweep.status !== 'needs_approval')
    throw new LedgerError('conflict', `sweep ${id} is ${sweep.status}; it does not wait for an approval`)
  const { cutoff, runs, bytes } = Planned.parse(sweep.plan)
  const { hash: policyHash } = Policy.parse(sweep.policy)
  await refuseOther(ctx, sweep)
  const approvedAt = await ctx.retentionStore.now()
  const approval: SweepApproval = {
    policyHash,
    cutoff,
    mostRuns: Math.min(asked.mostRuns ?? runs, runs),
    mostBytes: Math.min(asked.mostBytes ?? bytes, bytes),
    usedRuns: 0,
    usedBytes: 0,
    approvedBy: ctx.actor.name,
    approvedAt,
    expiresAt: new Date(Date.parse(approvedAt) + APPROVAL_HOURS * 3_600_000).toISOString(),
    reason,
  }
  const approved = await ctx.approvals.approve(id, approval, {
    id: ctx.newId(),
    action: 'sweep.approved',
    actor: ctx.actor.name,
    requestId: ctx.requestId,
    sweepId: id,
    reason,
    stats: { ...approval },
  })
  if (approved === null) throw new LedgerError('conflict', `sweep ${id} has been approved already`)
  await tellLetThrough(ctx, sweep, `${ctx.actor.name} approved the ${sweep.kind} sweep ${id}`)
  return approved
}

/** A sweep goes by the policies of its time; whoever lets it through has those in mind that are in force. */
async function refuseOther(ctx: Context, { id, policy }: Sweep): Promise<void> {
  const { revision } = await readPolicies(ctx)
  if (policy.revision === revision) return
  throw new LedgerError(
    'conflict',
    `the policies have changed since sweep ${id}; make another, and look at that`,
  )
}
