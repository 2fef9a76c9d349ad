import type { Context } from '../../ports/context.ts'
import type { Sweep } from '../../run/sweep.ts'
import { sweepLines } from '../../run/sweep-lines.ts'

const PAGE = 100
/** In a day. */
const MOST = 10_000

/**
 * Keeps what the cleanups of a day have done where it outlives the runs: `logs/cleanup/{date}-cleanup.log`, made anew of all of them,
 * so that none of two at once is missing. Never in the way of a cleanup: what cannot be kept is logged. Source 000.
 */
export async function keepCleanupLog(ctx: Context, { startedAt }: Sweep): Promise<void> {
  const date = startedAt.slice(0, 10)
  try {
    for (let kept = 0; ; ) {
      const sweeps = await cleanupsOf(ctx, date)
      // One that ended since it was read wrote before or after: the last one to look sees both.
      if (sweeps.length === kept) return
      const text = sweeps.flatMap(sweepLines).join('')
      await ctx.objects.put(cleanupLogKey(date), new TextEncoder().encode(text), {
        contentType: 'text/plain; charset=utf-8',
      })
      kept = sweeps.length
    }
  } catch (error) {
    ctx.log.warn('the log of a cleanup could not be kept', { date, error })
  }
}

export const cleanupLogKey = (date: string) => `logs/cleanup/${date}-cleanup.log`

/** Those of a day that have ended and did something, the first one first. */
async function cleanupsOf(ctx: Context, date: string): Promise<Sweep[]> {
  const found: Sweep[] = []
  for (let after: string | undefined; found.length < MOST; ) {
    const page = await ctx.sweeps.list({ kind: 'cleanup', after, limit: PAGE })
    const ofDay = page.filter(({ startedAt }) => startedAt.startsWith(date))
    found.push(...ofDay.filter(({ dryRun, status }) => !dryRun && status !== 'running'))
    const last = page.at(-1)
    if (page.length < PAGE || last === undefined || last.startedAt.slice(0, 10) < date) break
    after = last.id
  }
  return found.toReversed()
}
