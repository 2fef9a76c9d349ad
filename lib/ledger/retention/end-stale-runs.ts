import type { Context } from '../../ports/context.ts'
import type { StaleLimits } from '../../ports/sweep-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { SweepError } from '../../run/sweep.ts'

/** What a sweep has done so far. */
export interface StaleTally {
  byKind: Map<string, number>
  failed: number
  canceled: number
  /** The run it was at when it was stopped; null: it is through. */
  left: string | null
  /** Runs that could not be ended, and why. */
  refused: SweepError[]
  /** What stopped it; null: nothing but time. */
  error: unknown
}

export const nothingEnded = (): StaleTally => ({
  byKind: new Map(),
  failed: 0,
  canceled: 0,
  left: null,
  refused: [],
  error: null,
})

export interface StaleWork {
  sweepId: string
  limits: StaleLimits
  until: number
  signal: AbortSignal | undefined
  /** Runs a statement. */
  batch: number
}

/**
 * Ends stale runs, the oldest first, batch after batch, until there are none, time is up, or the database is away. A batch that it
 * refuses is tried by halves, so that what is wrong with one run keeps no other. What was done is told in any case.
 */
export async function endStaleRuns(ctx: Context, work: StaleWork): Promise<StaleTally> {
  const tally = nothingEnded()
  try {
    for (let isThrough = false; !isThrough; ) isThrough = await endSome(ctx, work, tally)
    return { ...tally, left: null }
  } catch (error) {
    return error === STOPPED ? tally : { ...tally, error }
  }
}

const STOPPED = new Error('time is up')

/** Batches at a time: while one waits for the disk, the other works. */
const AT_ONCE = 2

/** Looks for stale runs after the last one, and ends them; whether there were no more to be found. */
async function endSome(ctx: Context, work: StaleWork, tally: StaleTally): Promise<boolean> {
  const { limits, batch } = work
  const after = tally.left ?? undefined
  const found = await ctx.sweeps.findStale({ limits, after, limit: LIMITS.staleSearch })
  const isThrough = found.length < LIMITS.staleSearch
  const step = batch * AT_ONCE
  for (let from = 0; from < found.length; from += step) {
    const now = found.slice(from, from + step)
    const batches = [now.slice(0, batch), now.slice(batch)].filter((ids) => ids.length > 0)
    const answers = await Promise.allSettled(batches.map((ids) => endBatch(ctx, work, ids, tally)))
    const stopped = answers.find((answer) => answer.status === 'rejected')
    if (stopped) throw stopped.reason
    tally.left = now.at(-1) ?? null
    const isLast = isThrough && from + step >= found.length
    if (!isLast && isOver(ctx, work)) throw STOPPED
  }
  return isThrough
}

const isOver = (ctx: Context, { until, signal }: StaleWork) => ctx.now() >= until || signal?.aborted === true

/** One after the other, so that of many bad runs each is found by the shortest way. Throws where the database is away. */
async function endBatch(ctx: Context, work: StaleWork, ids: string[], tally: StaleTally): Promise<void> {
  try {
    await endAtOnce(ctx, work, ids, tally)
  } catch (error) {
    // Whether it is away altogether, or refuses these.
    await ctx.sweeps.get(work.sweepId).catch(() => {
      throw error
    })
    const half = Math.ceil(ids.length / 2)
    if (half === ids.length || tally.refused.length >= MOST_NAMED || isOver(ctx, work))
      return refuse(ctx, { work, ids, tally, error })
    await endBatch(ctx, work, ids.slice(0, half), tally)
    await endBatch(ctx, work, ids.slice(half), tally)
  }
}

/** Where so many runs are bad, the others are passed by in batches. */
const MOST_NAMED = 100

async function endAtOnce(
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

interface Refused {
  work: StaleWork
  ids: string[]
  tally: StaleTally
  error: unknown
}

function refuse(ctx: Context, { work, ids, tally, error }: Refused): void {
  const [item = null] = ids
  const message =
    ids.length === 1 ? reasonOf(error) : `${ids.length} runs from this one on: ${reasonOf(error)}`
  tally.refused.push({ item, message })
  ctx.log.error('could not end stale runs', { sweepId: work.sweepId, runId: item, runs: ids.length, error })
}

/** An error in the words that may leave the server: what is no LedgerError is in its log. */
export const reasonOf = (error: unknown): string =>
  isLedgerError(error) ? error.message : 'internal error; the log of the server tells more'
