import type { Context } from '../../ports/context.ts'
import { openAlerts } from './open-alerts.ts'
import { resolveAlert } from './resolve-alert.ts'

/** Whoever ticks once a day alone has tried again by then. */
const QUIET_MS = 2 * 86_400_000

/** Ends the alerts about channels that nothing is told by any more, whether they are configured or not. */
export async function settleChannels(ctx: Context): Promise<void> {
  const at = Date.parse(await ctx.cron.now())
  for (const { key, data, lastSeenAt } of await openAlerts(ctx, 'channel.failing')) {
    // Whatever waits for a channel is tried every few hours, and each failure is seen.
    if (at - Date.parse(lastSeenAt) < QUIET_MS) continue
    await resolveAlert(ctx, { key, message: `for two days nothing was to be told by ${data.channel}` })
  }
}

/** Ends the alerts about webhooks that are enabled, or gone, where that could not be said when it came about. */
export async function settleWebhooks(ctx: Context): Promise<void> {
  for (const { key, data } of await openAlerts(ctx, 'webhook.disabled')) {
    const id = String(data.webhookId)
    const webhook = await ctx.notices.findWebhook(id)
    if (webhook !== null && !webhook.isEnabled) continue
    const message = `webhook ${id} ${webhook === null ? 'was deleted' : 'is enabled again'}`
    await resolveAlert(ctx, { key, message })
  }
}
