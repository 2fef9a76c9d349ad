import { z } from 'zod'
import type { StoragePosition } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Sweep } from '../../run/sweep.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { type PoliciesInForce, readPolicies } from '../retention/policies.ts'
import { type SweepOptions, sweepPass } from '../retention/sweep-pass.ts'
import { archiveDue } from './archive-due.ts'
import { ArchiveTally } from './archive-tally.ts'
import { dueToArchive } from './due-to-archive.ts'
import { lastPlace } from './last-place.ts'
import { refuseUnreliable } from './refuse-unreliable.ts'
import { resumeStorage } from './resume-storage.ts'

export const SweepArchive = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepArchive = z.input<typeof SweepArchive>

export interface ArchivePassOptions extends SweepOptions {
  /** Runs at most. */
  batch?: number | undefined
  /** Whether a slow compression may take as long as it takes: not in a function. */
  isUnlimited?: boolean | undefined
  leaseSeconds?: number | undefined
}

/**
 * One bounded pass that archives what is due: first what was begun and left, then runs past their policy, the longest finished
 * first, each to its end or as far as the time goes. One that fails is named, and keeps no other; the pass is `partial` then.
 * Harmless twice at once, and when it is killed. `dryRun` counts, and touches nothing. Source 002.
 */
export async function sweepArchive(
  ctx: Context,
  input: SweepArchive = {},
  options: ArchivePassOptions = {},
): Promise<Sweep> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepArchive, input)
  const until = ctx.now() + (options.budgetMs ?? LIMITS.sweepMs)
  const policies = await readPolicies(ctx)
  const after = await lastPlace(ctx, policies.hash)
  const policy = { revision: policies.revision, hash: policies.hash }
  return await sweepPass(ctx, { kind: 'archive', dryRun, policy }, options, {
    work: () => (dryRun ? look : work)(ctx, { policies, after, until, options }),
  })
}

interface Pass {
  policies: PoliciesInForce
  after: StoragePosition | undefined
  until: number
  options: ArchivePassOptions
}

async function look(ctx: Context, { policies, until }: Pass): Promise<SweepOutcome> {
  const at = await ctx.retentionStore.now()
  const plan = { runs: 0, bytes: 0 }
  let isCut = false
  for await (const { run } of dueToArchive(ctx, { policies, at })) {
    if (run !== null) {
      plan.runs++
      plan.bytes += run.logBytes + run.outputBytes
    }
    isCut = ctx.now() >= until
    if (isCut) break
  }
  const nothing = { counts: {}, bytes: 0, errors: [] }
  return { status: 'completed', plan, ...nothing, cursor: isCut ? { stopped: 'time' } : null }
}

async function work(ctx: Context, { policies, after, until, options }: Pass): Promise<SweepOutcome> {
  const { signal, batch = LIMITS.archiveBatch, isUnlimited, leaseSeconds } = options
  const tally = new ArchiveTally()
  const how = { signal, isUnlimited, leaseSeconds }
  let left: StoragePosition | null = null
  let more = true
  try {
    await refuseUnreliable(ctx)
    const resumed = await resumeStorage(ctx, { until, ...how })
    tally.resumed(resumed)
    const at = await ctx.retentionStore.now()
    const due = dueToArchive(ctx, { policies, at, after })
    const { isStopped, last } = await archiveDue(ctx, due, { until, batch, tally, ...how })
    left = isStopped ? (last ?? after ?? null) : null
    more = isStopped || resumed.more || tally.isPaused
  } catch (error) {
    ctx.log.error('an archive sweep was stopped', { error })
    tally.wrong(null, reasonOf(error))
  }
  return tally.outcome({ left, more, from: after ?? null })
}
