import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import type { Sweep } from '../../run/sweep.ts'
import type { StaleTally } from './end-stale-runs.ts'

export interface SweptStale {
  sweep: Sweep
  /** How many runs it ended, or, where it only looked, would have ended. */
  total: number
  /** Of which scripts, by name; those with most runs first. */
  scriptNames: string[]
  /** What started before this instant was stale, where its script says nothing else. */
  thresholdDate: string
}

/** Notes how a stale sweep ended, and says it to whoever asked for it. */
export async function settleStale(ctx: Context, begun: Sweep, tally: StaleTally): Promise<SweptStale> {
  const thresholdDate = new Date(Date.parse(begun.startedAt) - ctx.staleAfterSeconds * 1_000).toISOString()
  const byKind = [...tally.byKind].toSorted(([, a], [, b]) => b - a)
  const { failed, canceled, left, error } = tally
  const outcome: SweepOutcome = {
    status: error === null ? 'completed' : failed + canceled > 0 ? 'partial' : 'failed',
    plan: { thresholdDate, scripts: Object.fromEntries(byKind) },
    counts: { failed, canceled },
    bytes: 0,
    errors: error === null ? [] : [{ item: null, message: error.message }],
    cursor: left,
  }
  const ended = await ctx.sweeps.end(begun.id, outcome).catch((trouble: unknown) => {
    // Whoever asks is told of the first trouble; the sweep's lease tells of it later.
    if (error === null) throw trouble
    return null
  })
  return {
    sweep: ended ?? begun,
    total: byKind.reduce((sum, [, count]) => sum + count, 0),
    scriptNames: byKind.map(([kind]) => kind),
    thresholdDate,
  }
}

/** What a sweep did, on one line. */
export function inWords({ byKind, failed, canceled, left }: StaleTally): string {
  const total = failed + canceled
  if (total === 0 && left === null) return 'nothing was stale'
  const runs = `${total} stale ${total === 1 ? 'run' : 'runs'} of ${byKind.size} ${byKind.size === 1 ? 'script' : 'scripts'}`
  return `${runs} ended${left === null ? '' : '; time ran out, and more remain'}`
}
