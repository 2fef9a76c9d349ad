import type { Context } from '../../ports/context.ts'
import type { ClaimedDelivery, StoredWebhook } from '../../ports/notice-store.ts'
import { deliveryDelayMs } from '../../run/delivery.ts'
import { tellChannelFails, tellChannelWorks } from '../alerts/channel-alerts.ts'
import { channelNames } from '../alerts/channels.ts'
import { logOpened } from '../alerts/open-alert.ts'
import { type Sent, sendDelivery } from './send-delivery.ts'
import { webhookAlert } from './to-webhook.ts'

/**
 * Makes one attempt at a delivery that was claimed, and keeps what came of it; where `signal` aborts it is given back. Never
 * throws: what cannot be kept is lost, and is made again once its lease is over.
 */
export async function tryDelivery(
  ctx: Context,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<'delivered' | 'failed' | 'released'> {
  const sent = await sendDelivery(ctx, delivery, signal).catch(() => null)
  try {
    if (sent === null) await ctx.notices.release(delivery)
    else if (sent.error === null) await keepDelivered(ctx, delivery, sent)
    else await keepFailed(ctx, delivery, { ...sent, error: sent.error })
  } catch (error) {
    ctx.log.warn('what came of a delivery could not be kept', { deliveryId: delivery.id, error })
  }
  if (sent === null) return 'released'
  return sent.error === null ? 'delivered' : 'failed'
}

async function keepDelivered(ctx: Context, delivery: ClaimedDelivery, sent: Sent): Promise<void> {
  await ctx.notices.delivered(delivery, sent.responseStatus)
  if (delivery.webhook === null) await tellChannelWorks(ctx, delivery.channel)
}

async function keepFailed(
  ctx: Context,
  delivery: ClaimedDelivery,
  { error, responseStatus, isGone, waitMs }: Sent & { error: string },
): Promise<void> {
  const { webhook, channel, attempts, id: deliveryId } = delivery
  ctx.log.warn('a delivery did not get through', {
    deliveryId,
    channel,
    webhookId: webhook?.id,
    attempts,
    error,
  })
  const retryInMs = Math.max(deliveryDelayMs(attempts), waitMs)
  const { failsForADay } = await ctx.notices.notDelivered(delivery, {
    error,
    responseStatus,
    retryInMs,
    waitMs,
  })
  if (webhook === null) await tellChannelFails(ctx, { channel, attempts, error })
  else if (isGone) await disable(ctx, webhook, 'it answered 410: nobody is there any more')
  else if (failsForADay) await disable(ctx, webhook, 'nothing has got through for a day')
}

/** Unless somebody has changed it since it was called: what was learnt says nothing of what it is now. */
async function disable(ctx: Context, webhook: StoredWebhook, reason: string): Promise<void> {
  const { id, url, description } = webhook
  const alert = {
    key: webhookAlert(id),
    type: 'webhook.disabled',
    message: `webhook ${id} to ${new URL(url).host} was disabled: ${reason}`,
    data: { webhookId: id, description, reason },
  }
  const opened = await ctx.notices.disableWebhook(webhook, reason, alert, channelNames(ctx.alertChannels))
  if (opened !== null) logOpened(ctx, opened)
}
