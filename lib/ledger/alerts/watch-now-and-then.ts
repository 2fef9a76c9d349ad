import type { Context } from '../../ports/context.ts'
import { settleFailing } from '../cron/settle-alerts.ts'
import { openSteps } from '../open-steps.ts'
import { watchSweeps } from '../retention/watch-sweeps.ts'
import { settleChannels, settleWebhooks } from './settle-notices.ts'

/** How often it is looked what is wrong, or is no more, that nobody has told of. */
export const WATCH_EVERY_SECONDS = 3_600

/** Looks, as ticks drive it: once an hour over all instances. What one look throws is thrown when the others are done. */
export async function watchNowAndThen(ctx: Context): Promise<void> {
  if (!(await ctx.limits.due('watch-sweeps', WATCH_EVERY_SECONDS))) return
  const steps = openSteps(ctx)
  await steps.take('sweeps', () => watchSweeps(ctx))
  await steps.take('cron jobs', () => settleFailing(ctx))
  await steps.take('channels', () => settleChannels(ctx))
  await steps.take('webhooks', () => settleWebhooks(ctx))
  steps.end()
}
