import type { Context } from '../../ports/context.ts'
import type { ClaimedDelivery, StoredWebhook } from '../../ports/notice-store.ts'
import { deliveryDelayMs } from '../../run/delivery.ts'
import { channelNames } from '../alerts/channels.ts'
import { openAlert } from '../alerts/open-alert.ts'
import { requireScope } from '../require-scope.ts'
import { type Sent, sendDelivery } from './send-delivery.ts'
import { webhookAlert } from './to-webhook.ts'

const BATCH = 20
/** Longer than any attempt takes. */
const LEASE_SECONDS = 120

/** What was told to the outside. */
export interface Delivered {
  delivered: number
  /** Attempts that did not get through; most are made again. */
  failed: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/**
 * Makes all deliveries that are due, until there are none left or `until` (of `ctx.now`); one that has begun then may take some
 * seconds more. What does not get through is tried again for a day. Safe to run anywhere at any time; what was told of when its
 * process was killed may be told twice, under the same id.
 */
export async function deliver(ctx: Context, input: { until: number }): Promise<Delivered> {
  requireScope(ctx, 'admin')
  const done = { delivered: 0, failed: 0 }
  const wanted = { limit: BATCH, channels: channelNames(ctx.alertChannels), leaseSeconds: LEASE_SECONDS }
  while (ctx.now() < input.until) {
    const claimed = await ctx.notices.claimDeliveries(wanted)
    if (claimed.length === 0) return { ...done, more: false }
    for (const gotThrough of await Promise.all(claimed.map((one) => tryOne(ctx, one))))
      done[gotThrough ? 'delivered' : 'failed']++
  }
  return { ...done, more: true }
}

/** Whether it got through. What came of it and cannot be kept is lost: it is made again once its lease is over. */
async function tryOne(ctx: Context, delivery: ClaimedDelivery): Promise<boolean> {
  const sent = await sendDelivery(ctx, delivery)
  try {
    await keep(ctx, delivery, sent)
  } catch (error) {
    ctx.log.warn('what came of a delivery could not be kept', { deliveryId: delivery.id, error })
  }
  return sent.error === null
}

async function keep(ctx: Context, delivery: ClaimedDelivery, sent: Sent): Promise<void> {
  const { webhook, channel, attempts, id: deliveryId } = delivery
  if (sent.error === null) return await ctx.notices.delivered(delivery, sent.responseStatus)
  const { error, responseStatus } = sent
  ctx.log.warn('a delivery did not get through', {
    deliveryId,
    channel,
    webhookId: webhook?.id,
    attempts,
    error,
  })
  const failure = { error, responseStatus, retryInMs: deliveryDelayMs(attempts) }
  const { failsForADay } = await ctx.notices.notDelivered(delivery, failure)
  if (webhook === null) return
  if (sent.isGone) await disable(ctx, webhook, 'it answered 410: nobody is there any more')
  else if (failsForADay) await disable(ctx, webhook, 'nothing has got through for a day')
}

/** The alert first: whoever is killed in between is followed by one who does both. */
async function disable(ctx: Context, { id, url, description }: StoredWebhook, reason: string): Promise<void> {
  await openAlert(ctx, {
    key: webhookAlert(id),
    type: 'webhook.disabled',
    message: `webhook ${id} to ${new URL(url).host} was disabled: ${reason}`,
    data: { webhookId: id, description, reason },
  })
  await ctx.notices.updateWebhook(id, { isEnabled: false, disabledReason: reason })
}
