import type { Context } from '../../ports/context.ts'
import { channelNames } from '../alerts/channels.ts'
import { requireScope } from '../require-scope.ts'

export interface CleanedExpired {
  limits: number
  deliveries: number
  /** Whether time ran out before the work did. */
  more: boolean
}

const BATCH = 2_000
const DELIVERY_DAYS = 30
const LIMIT_SECONDS = 3_600
const DEFAULT_BUDGET_MS = 30_000

/** Forgets what has served its time: counters of rate limits, and deliveries and alerts that were over a month ago. */
export async function cleanupExpired(
  ctx: Context,
  { signal, budgetMs = DEFAULT_BUDGET_MS }: { signal?: AbortSignal; budgetMs?: number } = {},
): Promise<CleanedExpired> {
  requireScope(ctx, 'admin')
  const until = ctx.now() + budgetMs
  const channels = channelNames(ctx.alertChannels)
  const limits = await ctx.limits.forget(LIMIT_SECONDS)
  for (let deliveries = 0; ; ) {
    const { removed, givenUp } = await ctx.notices.cleanUp({
      olderThanDays: DELIVERY_DAYS,
      limit: BATCH,
      channels,
    })
    deliveries += removed
    if (Math.max(removed, givenUp) < BATCH) return { limits, deliveries, more: false }
    if (ctx.now() >= until || signal?.aborted) return { limits, deliveries, more: true }
  }
}
