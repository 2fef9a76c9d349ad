import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { StaleLimit } from '../../ports/script-store.ts'
import type { StaleLimits } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { STALE_SWEEP_SCRIPT, staleError } from '../../run/stale.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { endGoneSweeps } from './end-gone-sweeps.ts'
import { endStaleRuns, nothingEnded, type StaleTally, type StaleWork } from './end-stale-runs.ts'
import { inWords, type SweptStale, settleStale, troubleInWords } from './settle-stale.ts'
import { tellSweep } from './sweep-alerts.ts'
import { beginSweepRun, endSweepRun } from './sweep-run.ts'

export const SweepStale = z.strictObject({ dryRun: z.boolean().default(false) })
export type SweepStale = z.input<typeof SweepStale>

export interface SweepStaleOptions {
  /** Ends the sweep after the batches it is at; what is left is the next one's. */
  signal?: AbortSignal
  budgetMs?: number
  /** Runs a statement. */
  batch?: number
  /** The execution of a cron job that this is. */
  cronExecutionId?: string | null
}

interface Policy {
  staleAfterSeconds: number
  scripts: StaleLimit[]
}

/**
 * Ends every run that has been running for longer than its script's `staleAfterSeconds`, else `STALE_AFTER_DAYS`, heartbeats or
 * not: as failed, or as canceled where that was asked for. In batches, each a statement that asks for the condition again, so a
 * run that completes meanwhile stays completed; harmless twice at once, and when it is killed. A run that was reported late, out of
 * a spool, has an hour from then to be told the end of. Runs that cannot be ended are named, and keep no other: the sweep is
 * `partial`. Throws what stops it before it is through. `dryRun` counts and touches nothing. Each that does something stands among
 * the runs as `cleanupStaleScripts`, under the sweep's own id. Source 001.
 */
export async function sweepStale(
  ctx: Context,
  input: SweepStale = {},
  {
    signal,
    budgetMs = LIMITS.sweepMs,
    batch = LIMITS.staleBatch,
    cronExecutionId = null,
  }: SweepStaleOptions = {},
): Promise<SweptStale> {
  requireScope(ctx, 'admin')
  const { dryRun } = parseInput(SweepStale, input)
  const until = ctx.now() + budgetMs
  const policy: Policy = {
    staleAfterSeconds: ctx.staleAfterSeconds,
    scripts: await ctx.scripts.staleLimits(),
  }
  await endGoneSweeps(ctx, 'stale')
  const leaseSeconds = Math.ceil(budgetMs / 1_000) + SPARE_SECONDS
  const sweep = await ctx.sweeps.begin({
    id: ctx.newId(),
    kind: 'stale',
    dryRun,
    policy: { ...policy },
    requestedBy: ctx.actor.name,
    requestId: ctx.requestId,
    cronExecutionId,
    leaseSeconds,
  })
  const limits = toLimits(policy)
  const work = { sweepId: sweep.id, limits, until, signal, batch }
  const tally = dryRun ? await look(ctx, limits) : await perform(ctx, work, leaseSeconds)
  const swept = await settleStale(ctx, sweep, tally)
  await tellSweep(ctx, swept.sweep)
  if (tally.error !== null) throw tally.error
  return swept
}

/** Until a sweep that its process left behind is known to have failed. */
const SPARE_SECONDS = 60

function toLimits({ staleAfterSeconds, scripts }: Policy): StaleLimits {
  const rule = (seconds: number) => ({ seconds, error: staleError(seconds) })
  const byScript = scripts.map((script) => [script.id, rule(script.staleAfterSeconds)] as const)
  return { default: rule(staleAfterSeconds), scripts: Object.fromEntries(byScript) }
}

async function look(ctx: Context, limits: StaleLimits): Promise<StaleTally> {
  try {
    const counted = await ctx.sweeps.countStale(limits)
    return { ...nothingEnded(), byKind: new Map(counted.map(({ kind, count }) => [kind, count])) }
  } catch (error) {
    return { ...nothingEnded(), error }
  }
}

async function perform(ctx: Context, work: StaleWork, leaseSeconds: number): Promise<StaleTally> {
  const { sweepId: id } = work
  try {
    await beginSweepRun(ctx, { id, kind: STALE_SWEEP_SCRIPT, leaseSeconds })
  } catch (error) {
    return { ...nothingEnded(), error }
  }
  const tally = await endStaleRuns(ctx, work)
  await endSweepRun(ctx, id, { message: inWords(tally), error: troubleInWords(tally) })
  return tally
}
