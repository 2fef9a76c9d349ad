import type { Context } from '../../ports/context.ts'

const PAGE = 500

/**
 * Whether the holder of this fence has completed the run with this outcome before, so that a repeat of a completion whose
 * answer was lost is told what became of it, and not that it came too late. Read from the run's history, which stays true
 * when the run has been claimed again since.
 */
export async function wasCompletedAs(
  ctx: Context,
  runId: string,
  fence: number,
  outcome: string,
): Promise<boolean> {
  for (let after = 0; ; ) {
    const events = await ctx.runs.events([{ runId, id: after }], PAGE)
    const same = ({ data }: (typeof events)[number]) =>
      data.by === 'holder' && data.fence === fence && data.outcome === outcome
    if (events.some(same)) return true
    if (events.length < PAGE) return false
    after = events.at(-1)?.id ?? 0
  }
}
