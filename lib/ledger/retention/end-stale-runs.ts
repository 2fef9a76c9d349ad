import type { Context } from '../../ports/context.ts'
import type { StaleLimits } from '../../ports/sweep-store.ts'
import { isLedgerError, type LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'

/** What a sweep has done so far. */
export interface StaleTally {
  byKind: Map<string, number>
  failed: number
  canceled: number
  /** The run it was at when it was stopped; null: it is through. */
  left: string | null
  /** What stopped it. */
  error: LedgerError | null
}

export interface StaleWork {
  sweepId: string
  limits: StaleLimits
  until: number
  signal: AbortSignal | undefined
  /** Runs a statement. */
  batch: number
}

/**
 * Ends stale runs, the oldest first, batch after batch, until there are none, time is up, or the database refuses. What was done
 * is told in any case.
 */
export async function endStaleRuns(ctx: Context, work: StaleWork): Promise<StaleTally> {
  const tally: StaleTally = { byKind: new Map(), failed: 0, canceled: 0, left: null, error: null }
  try {
    for (let isThrough = false; !isThrough; ) isThrough = await endSome(ctx, work, tally)
    return { ...tally, left: null }
  } catch (error) {
    if (error === STOPPED) return tally
    if (!isLedgerError(error)) throw error
    return { ...tally, error }
  }
}

const STOPPED = new Error('time is up')

/** Batches at a time: while one waits for the disk, the other works. */
const AT_ONCE = 2

/** Looks for stale runs after the last one, and ends them; whether there were no more to be found. */
async function endSome(ctx: Context, work: StaleWork, tally: StaleTally): Promise<boolean> {
  const { limits, until, signal, batch } = work
  const after = tally.left ?? undefined
  const found = await ctx.sweeps.findStale({ limits, after, limit: LIMITS.staleSearch })
  const isThrough = found.length < LIMITS.staleSearch
  const step = batch * AT_ONCE
  for (let from = 0; from < found.length; from += step) {
    const now = found.slice(from, from + step)
    const batches = [now.slice(0, batch), now.slice(batch)].filter((ids) => ids.length > 0)
    const answers = await Promise.allSettled(batches.map((ids) => endBatch(ctx, work, ids, tally)))
    const refused = answers.find((answer) => answer.status === 'rejected')
    if (refused) throw refused.reason
    tally.left = now.at(-1) ?? null
    const isLast = isThrough && from + step >= found.length
    if (!isLast && (ctx.now() >= until || signal?.aborted)) throw STOPPED
  }
  return isThrough
}

async function endBatch(
  ctx: Context,
  { sweepId, limits }: StaleWork,
  ids: string[],
  tally: StaleTally,
): Promise<void> {
  for (const { kind, state, count } of await ctx.sweeps.endStale({ sweepId, limits, ids })) {
    tally[state] += count
    tally.byKind.set(kind, (tally.byKind.get(kind) ?? 0) + count)
  }
  for (const id of ids) ctx.signals.emit(`run:${id}`)
}
