import type { Context } from '../../ports/context.ts'
import type { SweepOutcome } from '../../ports/sweep-store.ts'
import type { Sweep, SweepError } from '../../run/sweep.ts'
import { reasonOf, type StaleTally } from './end-stale-runs.ts'

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
    status: statusOf(tally),
    plan: { thresholdDate, scripts: Object.fromEntries(byKind) },
    counts: { failed, canceled },
    bytes: 0,
    errors: errorsOf(tally),
    cursor: left,
  }
  const settle = async () => (await ctx.sweeps.end(begun.id, outcome)) ?? (await ctx.sweeps.get(begun.id))
  const ended = await settle().catch((trouble: unknown) => {
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

function statusOf({ error, refused, failed, canceled }: StaleTally): SweepOutcome['status'] {
  if (error !== null) return failed + canceled > 0 ? 'partial' : 'failed'
  return refused.length > 0 ? 'partial' : 'completed'
}

const MOST_ERRORS = 200

function errorsOf({ refused, error }: StaleTally): SweepError[] {
  const sorted = refused.toSorted(byItem)
  const told = sorted.slice(0, MOST_ERRORS)
  const [next, ...others] = sorted.slice(MOST_ERRORS)
  if (next)
    told.push({ ...next, message: `${next.message}; the log of the server has ${others.length} more` })
  return error === null ? told : [...told, { item: null, message: reasonOf(error) }]
}

/** The oldest run first: batches are under way at once. */
const byItem = (a: SweepError, b: SweepError) => ((a.item ?? '') < (b.item ?? '') ? -1 : 1)

/** What a sweep did, on one line. */
export function inWords({ byKind, failed, canceled, left, refused }: StaleTally): string {
  const total = failed + canceled
  if (total === 0 && left === null && refused.length === 0) return 'nothing was stale'
  const runs = `${total} stale ${total === 1 ? 'run' : 'runs'} of ${byKind.size} ${byKind.size === 1 ? 'script' : 'scripts'}`
  return `${runs} ended${left === null ? '' : '; time ran out, and more remain'}`
}

/** What went wrong in it, with what it did all the same; null: nothing. */
export function troubleInWords(tally: StaleTally): string | null {
  const [first, ...others] = errorsOf(tally)
  if (first === undefined) return null
  const what = first.item === null ? first.message : `run ${first.item} could not be ended: ${first.message}`
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`
  return tally.failed + tally.canceled === 0 ? `${what}${more}` : `${inWords(tally)}; ${what}${more}`
}
