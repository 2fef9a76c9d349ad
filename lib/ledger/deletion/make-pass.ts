import type { Context } from '../../ports/context.ts'
import type { DeletionPlace } from '../../ports/deletion-store.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { type Allowance, FREE_RUNS } from '../../run/breaker.ts'
import { LIMITS } from '../../run/limits.ts'
import type { DeletionStrategy, RetentionPolicy } from '../../run/retention-policy.ts'
import type { Sweep } from '../../run/sweep.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { tellSweep } from '../retention/sweep-alerts.ts'
import { type SweepOptions, sweepPass } from '../retention/sweep-pass.ts'
import { authorOf } from './author-of.ts'
import { readAllowance, tellHeld, tellLetThrough } from './breaker.ts'
import { type DeleteDue, deleteDue } from './delete-due.ts'
import { DeletionTally } from './deletion-tally.ts'
import type { DueWalks } from './due-runs.ts'
import { AT_THE_BEGINNING, lastPlace, type PassPlace, type Stopped, toCursor } from './pass-place.ts'
import { type DeletionPlan, planDeletion } from './plan-deletion.ts'

export interface PassOptions extends SweepOptions {
  /** Runs a transaction. */
  batch?: number | undefined
}

export interface PassSpec {
  kind: 'delete' | 'cleanup' | 'script'
  dryRun: boolean
  /** The instant that runs are judged at, where no approval says an earlier one. */
  at: string
  walks: DueWalks
  /** What an approval is bound to, and where to go on from. */
  policyHash: string
  /** Whether it goes on where the pass before was stopped; else it begins at the beginning each time. */
  goesOn: boolean
  /** The policy as it stands, for the record. */
  policy: Record<string, unknown>
  reason: string
  modeOf: (policy: RetentionPolicy) => DeletionStrategy
}

const BATCH = 2_000
/** Of its time, what counting may take. */
const PLAN_SHARE = 0.4
/** So often it is noted where it is. */
const NOTE_MS = 10_000

/**
 * One bounded pass that deletes what is due: it is counted first, and where that is more than is usual nothing goes before somebody lets
 * it through. What goes then is what was due when it was counted, as much of it as was approved, and asked for at every batch. It may go
 * on where the pass before was stopped, and so end a round of several; where that has deleted some, another round is to follow, as others
 * may be due by now where it began. Harmless twice at once, and when it is killed.
 */
export async function makePass(ctx: Context, spec: PassSpec, options: PassOptions): Promise<Sweep> {
  const { kind, dryRun, policy, policyHash } = spec
  const { budgetMs = LIMITS.sweepMs, signal } = options
  const began = ctx.now()
  const isPast = (share: number) => () => ctx.now() >= began + budgetMs * share || signal?.aborted === true
  const pass: Pass = {
    spec,
    options,
    tally: new DeletionTally(),
    isPast,
    began: AT_THE_BEGINNING,
    place: null,
  }
  let trouble: unknown = null
  const work = async (sweep: Sweep) => {
    try {
      return await deleteAll(ctx, sweep, pass)
    } catch (error) {
      trouble = error
      pass.tally.wrong(null, reasonOf(error))
      return outcomeOf(pass, 'trouble', {})
    }
  }
  const whose = { kind, dryRun, policy: { ...policy, hash: policyHash } }
  const ended = await sweepPass(ctx, whose, options, { work, tell })
  if (trouble !== null) throw trouble
  return ended
}

interface Pass {
  spec: PassSpec
  options: PassOptions
  tally: DeletionTally
  isPast: (share: number) => () => boolean
  began: PassPlace
  /** Where in its walk it is; null: at the beginning. */
  place: DeletionPlace | null
}

async function deleteAll(ctx: Context, sweep: Sweep, pass: Pass): Promise<SweepOutcome> {
  const { spec, options, tally, isPast } = pass
  const { kind, policyHash, dryRun, goesOn } = spec
  const { batch = BATCH, signal } = options
  // One that only looks says of all there is.
  if (goesOn && !dryRun) pass.began = await lastPlace(ctx, kind, policyHash)
  pass.place = pass.began.place
  const approved = dryRun ? null : await ctx.approvals.approvalFor(kind, policyHash)
  const at = approved?.approval.cutoff ?? spec.at
  const planned =
    approved === null ? await planDeletion(spec.walks.brief(at, pass.place), isPast(PLAN_SHARE)) : null
  const allowance = whereUncounted(planned, await readAllowance(ctx, kind, policyHash))
  const plan = { cutoff: at, ...(planned ?? { approvedBy: approved?.sweepId }) }
  if (signal?.aborted) return outcomeOf(pass, 'time', plan)
  if (planned !== null && planned.runs > allowance.most) return held(pass, { ...plan, ...allowance })
  if (dryRun) return outcomeOf(pass, planned?.isWhole ? null : 'time', plan)
  let asked = 0
  const mayDelete = async (amount: { runs: number; bytes: number }) => {
    if (approved !== null) return await ctx.approvals.useApproval(approved.sweepId, amount)
    if (asked + amount.runs > allowance.most) return false
    asked += amount.runs
    return true
  }
  const author = authorOf(ctx, spec.reason, sweep.id)
  const how = { author, tally, batch, modeOf: spec.modeOf, mayDelete, isOver: isPast(1) }
  const stopped = await deleteDue(ctx, spec.walks.whole(at, pass.place), {
    ...how,
    reached: noting(ctx, sweep.id, pass),
  })
  return outcomeOf(pass, stopped, stopped === 'bounds' ? { ...plan, because: allowance.because } : plan)
}

/** Keeps where it is, and notes it now and then, for whoever comes after one that was killed. */
function noting(ctx: Context, sweepId: string, pass: Pass): DeleteDue['reached'] {
  let noted = ctx.now()
  return async (place) => {
    pass.place = place
    if (ctx.now() < noted + NOTE_MS) return
    noted = ctx.now()
    await ctx.sweeps.note(sweepId, toCursor(pass.spec.policyHash, placeOf(pass), null))
  }
}

const placeOf = ({ place, began, tally }: Pass): PassPlace => ({ place, deleted: began.deleted + tally.runs })

/** What there was no time to count may be any number: more than goes in any case waits for somebody. */
function whereUncounted(planned: DeletionPlan | null, allowance: Allowance): Allowance {
  if (planned === null || planned.isWhole) return allowance
  return { most: FREE_RUNS, because: 'there was no time to count all that is due, and it is more than that' }
}

/** It would delete more than it may: it waits for somebody, or, where it only looks, says so. */
function held(pass: Pass, plan: Record<string, unknown>): SweepOutcome {
  const outcome = outcomeOf(pass, 'bounds', plan)
  return pass.spec.dryRun ? outcome : { ...outcome, status: 'needs_approval' }
}

function outcomeOf(pass: Pass, stopped: Stopped | null, plan: Record<string, unknown>): SweepOutcome {
  const { tally } = pass
  const failed = stopped === 'trouble' && tally.runs === 0
  return {
    status: failed ? 'failed' : tally.errors.length > 0 ? 'partial' : 'completed',
    plan,
    counts: tally.counts(),
    bytes: tally.bytes,
    errors: tally.errors,
    cursor: cursorOf(pass, stopped),
  }
}

/** After a round of several passes that deleted some, there is another one: so all has its turn, and it ends once nothing is due. */
function cursorOf(pass: Pass, stopped: Stopped | null): unknown {
  const { policyHash } = pass.spec
  const at = placeOf(pass)
  if (stopped !== null) return toCursor(policyHash, at, stopped)
  return pass.began.place !== null && at.deleted > 0 ? toCursor(policyHash, AT_THE_BEGINNING, null) : null
}

async function tell(ctx: Context, sweep: Sweep): Promise<void> {
  if (sweep.dryRun) return
  if (sweep.status === 'needs_approval') return await tellHeld(ctx, sweep)
  await tellLetThrough(ctx, sweep, `a ${sweep.kind} sweep has been made`)
  await tellSweep(ctx, sweep)
}
