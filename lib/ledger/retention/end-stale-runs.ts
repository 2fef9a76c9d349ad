import type { Context } from '../../ports/context.ts'
import type { StaleLimits, StalePosition } from '../../ports/sweep-store.ts'
import { isLedgerError, type LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'

/** What a sweep has done so far. */
export interface StaleTally {
  byKind: Map<string, number>
  failed: number
  canceled: number
  /** Where it was when it was stopped; null: it is through. */
  left: StalePosition | null
  /** What stopped it. */
  error: LedgerError | null
}

/** Ends stale runs, batch after batch, until there are none, time is up, or the database refuses; what was done is told in any case. */
export async function endStaleRuns(
  ctx: Context,
  work: { sweepId: string; limits: StaleLimits; until: number; signal: AbortSignal | undefined },
): Promise<StaleTally> {
  const { sweepId, limits, until, signal } = work
  const tally: StaleTally = { byKind: new Map(), failed: 0, canceled: 0, left: null, error: null }
  let after: StalePosition | undefined
  for (;;) {
    try {
      const { ended, next } = await ctx.sweeps.endStale({ sweepId, limits, after, limit: LIMITS.staleBatch })
      for (const { id, kind, state } of ended) {
        tally[state]++
        tally.byKind.set(kind, (tally.byKind.get(kind) ?? 0) + 1)
        ctx.signals.emit(`run:${id}`)
      }
      if (next === null) return tally
      after = next
      if (ctx.now() >= until || signal?.aborted) return { ...tally, left: next }
    } catch (error) {
      if (!isLedgerError(error)) throw error
      return { ...tally, left: after ?? null, error }
    }
  }
}
