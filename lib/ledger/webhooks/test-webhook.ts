import type { Context } from '../../ports/context.ts'
import type { Delivery } from '../../run/webhook.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { sendDelivery } from './send-delivery.ts'
import { toDelivery } from './to-webhook.ts'
import { NamedWebhook } from './webhook-input.ts'
import { foundWebhook } from './webhooks.ts'

/**
 * Sends a `webhook.test` now, once, also where the webhook is disabled, and says what came of it; it stands in the log of
 * deliveries, and is no reason to disable it. Throws `not_found`.
 */
export async function testWebhook(ctx: Context, input: NamedWebhook): Promise<Delivery> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedWebhook, input)
  const webhook = foundWebhook(await ctx.notices.findWebhook(id), id)
  const [type, at] = ['webhook.test', new Date(ctx.now()).toISOString()]
  const payload = { type, timestamp: at, data: { webhookId: id, message: `a test by ${ctx.actor.name}` } }
  const eventId = `evt_test_${ctx.newId()}`
  const sent = await sendDelivery(ctx, { eventId, channel: 'webhook', payload, lastAttemptAt: at, webhook })
  const { responseStatus, error } = sent
  const status = error === null ? 'delivered' : 'failed'
  const tried = { webhookId: id, eventId, eventType: type, payload, status, responseStatus, error } as const
  return toDelivery(await ctx.notices.recordDelivery(tried))
}
