import type { Context } from '../../ports/context.ts'
import type { Metrics } from '../../ports/metrics-store.ts'
import { SHOWN_POWERS } from '../../run/durations.ts'
import { LIMITS } from '../../run/limits.ts'
import { RegularSweep } from '../../run/sweep.ts'
import { requireScope } from '../require-scope.ts'
import { rollUpNowAndThen } from '../runs/run-stats.ts'

const DAY_SECONDS = 86_400

export interface LedgerMetrics extends Metrics {
  /** What storage may hold; null where nobody has said. */
  storageCapacityBytes: number | null
}

/** How the whole ledger stands, all projects together, for a system that watches it. What ended is 5 s behind at most. */
export async function readMetrics(ctx: Context): Promise<LedgerMetrics> {
  requireScope(ctx, 'admin')
  await rollUpNowAndThen(ctx)
  const metrics = await ctx.metrics.read({
    kinds: LIMITS.metricsKinds,
    recentSeconds: DAY_SECONDS,
    powers: SHOWN_POWERS,
    sweepKinds: RegularSweep.options,
  })
  return { ...metrics, storageCapacityBytes: ctx.retention.storageCapacityBytes }
}
