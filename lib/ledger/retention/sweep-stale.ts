import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { StaleLimit } from '../../ports/script-store.ts'
import type { StaleLimits } from '../../ports/sweep-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { STALE_SWEEP_SCRIPT, staleError } from '../../run/stale.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { endStaleRuns, type StaleTally } from './end-stale-runs.ts'
import { inWords, type SweptStale, settleStale } from './settle-stale.ts'
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
 * run that completes meanwhile stays completed; harmless twice at once, and when it is killed. `dryRun` counts and touches
 * nothing. Each that does something stands among the runs as `cleanupStaleScripts`, under the sweep's own id. Source 001.
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
  if (dryRun) return settleStale(ctx, sweep, await ctx.sweeps.countStale(limits).then(toTally))
  await beginSweepRun(ctx, { id: sweep.id, kind: STALE_SWEEP_SCRIPT, leaseSeconds })
  const tally = await endStaleRuns(ctx, { sweepId: sweep.id, limits, until, signal, batch })
  await endSweepRun(ctx, sweep.id, { message: inWords(tally), error: tally.error })
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

function toTally(counted: { kind: string; count: number }[]): StaleTally {
  const byKind = new Map(counted.map(({ kind, count }) => [kind, count]))
  return { byKind, failed: 0, canceled: 0, left: null, error: null }
}
