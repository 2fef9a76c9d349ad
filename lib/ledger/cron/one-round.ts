import type { Context } from '../../ports/context.ts'
import type { CronOutlook } from '../../ports/cron-store.ts'
import { endExpired, endWithRuns } from './end-executions.ts'
import { fireDue } from './fire-jobs.ts'
import type { Work } from './open-work.ts'
import { tellEnds } from './tell-ends.ts'

/** What a dispatch has done. */
export interface CronTally {
  /** Executions that were begun or queued. */
  fired: number
  missed: number
  skipped: number
  /** Executions whose process was gone. */
  expired: number
  /** Executions whose run had ended. */
  ended: number
}

export interface RoundOptions {
  /** How many executions may be under way. */
  concurrency: number
  /** Where time is short: how much there is of it, and whether only what fits may begin. */
  leftMs?: number
  mustFit?: boolean
  /** Aborts where nothing more may begin. */
  signal?: AbortSignal | undefined
}

/** Longer than its timeout nobody may hold an execution; so long after it, nobody does. */
export const EXECUTION_GRACE_MS = 30_000

/** One look at what there is to do, and a bounded part of it; whether anything was done. */
export async function oneRound(
  ctx: Context,
  outlook: CronOutlook,
  work: Work,
  tally: CronTally,
  { concurrency, leftMs, mustFit = false, signal }: RoundOptions,
): Promise<boolean> {
  const { at } = outlook
  const until = leftMs === undefined ? Number.POSITIVE_INFINITY : ctx.now() + leftMs
  let did = 0
  // First, so that what nobody holds is in no job's way.
  if (outlook.expired) did += add(tally, 'expired', await endExpired(ctx, at))
  if (outlook.ended) did += add(tally, 'ended', await endWithRuns(ctx, at))
  if (outlook.due) {
    const { fired, missed, skipped } = await fireDue(ctx, at, until)
    did += add(tally, 'fired', fired) + add(tally, 'missed', missed) + add(tally, 'skipped', skipped)
  }
  const nowLeftMs = leftMs === undefined ? undefined : until - ctx.now()
  const isOver = signal?.aborted || (nowLeftMs !== undefined && nowLeftMs <= 0)
  const room = isOver ? 0 : concurrency - work.size
  if (room > 0 && (outlook.waiting || did > 0)) {
    const claimed = await ctx.cron.claim({
      // To fire many jobs may have taken a while.
      at: await ctx.cron.now(),
      limit: room,
      graceMs: EXECUTION_GRACE_MS,
      requestId: ctx.requestId,
      fitsMs: mustFit ? nowLeftMs : undefined,
    })
    for (const one of claimed) work.begin(one, nowLeftMs)
    did += claimed.length
  }
  if (outlook.untold) did += await tellEnds(ctx)
  return did > 0
}

function add(tally: CronTally, key: keyof CronTally, count: number): number {
  tally[key] += count
  return count
}

/** Nothing has been done yet. */
export const noTally = (): CronTally => ({ fired: 0, missed: 0, skipped: 0, expired: 0, ended: 0 })
