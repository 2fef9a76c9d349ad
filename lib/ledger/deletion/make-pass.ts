import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { type Allowance, FREE_RUNS } from '../../run/breaker.ts'
import { isLedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { DeletionStrategy, RetentionPolicy } from '../../run/retention-policy.ts'
import type { Sweep } from '../../run/sweep.ts'
import { endGoneSweeps } from '../retention/end-gone-sweeps.ts'
import { tellSweep } from '../retention/sweep-alerts.ts'
import { authorOf } from './author-of.ts'
import { readAllowance, tellHeld, tellLetThrough } from './breaker.ts'
import { deleteDue } from './delete-due.ts'
import { DeletionTally } from './deletion-tally.ts'
import { type DueScope, dueRuns } from './due-runs.ts'
import { type DeletionPlan, planDeletion } from './plan-deletion.ts'

export interface PassOptions {
  /** Ends it after the batches it is at; what is left is the next one's. */
  signal?: AbortSignal | undefined
  budgetMs?: number | undefined
  /** Runs a transaction. */
  batch?: number | undefined
  /** The execution of a cron job that this is. */
  cronExecutionId?: string | null | undefined
}

export interface PassSpec {
  kind: 'delete' | 'cleanup'
  dryRun: boolean
  scope: DueScope
  /** What an approval is bound to. */
  policyHash: string
  /** The policy as it stands, for the record. */
  policy: Record<string, unknown>
  reason: string
  modeOf: (policy: RetentionPolicy) => DeletionStrategy
}

const BATCH = 1_000
const SPARE_SECONDS = 60
/** Of its time, what counting may take. */
const PLAN_SHARE = 0.4

/**
 * One bounded pass that deletes what is due: it is counted first, and where that is more than is usual nothing goes before somebody lets
 * it through. What goes then is what was due when it was counted, as much of it as was approved, and asked for at every batch. Harmless
 * twice at once, and when it is killed.
 */
export async function makePass(ctx: Context, spec: PassSpec, options: PassOptions): Promise<Sweep> {
  const { budgetMs = LIMITS.sweepMs, signal } = options
  const began = ctx.now()
  const isPast = (share: number) => () => ctx.now() >= began + budgetMs * share || signal?.aborted === true
  const sweep = await begin(ctx, spec, options, Math.ceil(budgetMs / 1_000) + SPARE_SECONDS)
  const tally = new DeletionTally()
  let outcome: SweepOutcome
  let trouble: unknown = null
  try {
    outcome = await work(ctx, sweep, { spec, options, tally, isPast })
  } catch (error) {
    trouble = error
    tally.wrong(null, isLedgerError(error) ? error.message : 'internal error')
    outcome = outcomeOf(tally, { stopped: 'trouble', plan: {} })
  }
  const ended = (await ctx.sweeps.end(sweep.id, outcome)) ?? sweep
  await tell(ctx, ended)
  if (trouble !== null) throw trouble
  return ended
}

interface Pass {
  spec: PassSpec
  options: PassOptions
  tally: DeletionTally
  isPast: (share: number) => () => boolean
}

async function begin(
  ctx: Context,
  { kind, dryRun, policy, policyHash }: PassSpec,
  { cronExecutionId = null }: PassOptions,
  leaseSeconds: number,
): Promise<Sweep> {
  await endGoneSweeps(ctx, kind)
  return await ctx.sweeps.begin({
    id: ctx.newId(),
    kind,
    dryRun,
    policy: { ...policy, hash: policyHash },
    requestedBy: ctx.actor.name,
    requestId: ctx.requestId,
    cronExecutionId,
    leaseSeconds,
  })
}

async function work(
  ctx: Context,
  sweep: Sweep,
  { spec, options, tally, isPast }: Pass,
): Promise<SweepOutcome> {
  const { kind, policyHash, dryRun } = spec
  const { batch = BATCH, signal } = options
  const approved = dryRun ? null : await ctx.approvals.approvalFor(kind, policyHash)
  const scope = approved === null ? spec.scope : { ...spec.scope, at: approved.approval.cutoff }
  const planned = approved === null ? await planDeletion(ctx, scope, isPast(PLAN_SHARE)) : null
  const allowance = whereUncounted(planned, await readAllowance(ctx, kind, policyHash))
  const plan = { cutoff: scope.at, ...(planned ?? { approvedBy: approved?.sweepId }) }
  if (signal?.aborted) return outcomeOf(tally, { stopped: 'time', plan })
  if (planned !== null && planned.runs > allowance.most) return held(tally, { ...plan, ...allowance }, dryRun)
  if (dryRun) return outcomeOf(tally, { stopped: planned?.isWhole ? null : 'time', plan })
  let asked = 0
  const mayDelete = async (amount: { runs: number; bytes: number }) => {
    if (approved !== null) return await ctx.approvals.useApproval(approved.sweepId, amount)
    asked += amount.runs
    return asked <= allowance.most
  }
  const author = authorOf(ctx, spec.reason, sweep.id)
  const how = { author, tally, batch, modeOf: spec.modeOf, mayDelete, isOver: isPast(1) }
  for await (const due of dueRuns(ctx, scope)) {
    const stopped = how.isOver() ? 'time' : await deleteDue(ctx, due, how)
    if (stopped !== null)
      return outcomeOf(tally, { stopped, plan: { ...plan, ...bounds(stopped, allowance.because) } })
  }
  return outcomeOf(tally, { stopped: null, plan })
}

/** What there was no time to count may be any number: more than goes in any case waits for somebody. */
function whereUncounted(planned: DeletionPlan | null, allowance: Allowance): Allowance {
  if (planned === null || planned.isWhole) return allowance
  return { most: FREE_RUNS, because: 'there was no time to count all that is due, and it is more than that' }
}

const bounds = (stopped: 'time' | 'bounds', because: string) => (stopped === 'bounds' ? { because } : {})

/** It would delete more than it may: it waits for somebody, or, where it only looks, says so. */
function held(tally: DeletionTally, plan: Record<string, unknown>, dryRun: boolean): SweepOutcome {
  const outcome = outcomeOf(tally, { stopped: 'bounds', plan })
  return dryRun ? outcome : { ...outcome, status: 'needs_approval' }
}

function outcomeOf(
  tally: DeletionTally,
  { stopped, plan }: { stopped: 'time' | 'bounds' | 'trouble' | null; plan: Record<string, unknown> },
): SweepOutcome {
  const failed = stopped === 'trouble' && tally.runs === 0
  return {
    status: failed ? 'failed' : tally.errors.length > 0 ? 'partial' : 'completed',
    plan,
    counts: tally.counts(),
    bytes: tally.bytes,
    errors: tally.errors,
    cursor: stopped === null ? null : { stopped },
  }
}

async function tell(ctx: Context, sweep: Sweep): Promise<void> {
  if (sweep.dryRun) return
  if (sweep.status === 'needs_approval') return await tellHeld(ctx, sweep)
  await tellLetThrough(ctx, sweep.kind, `a ${sweep.kind} sweep has been made`)
  await tellSweep(ctx, sweep)
}
