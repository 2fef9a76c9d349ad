import type { Context } from '../../ports/context.ts'
import type { Delivery } from '../../run/webhook.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { toDelivery } from './to-webhook.ts'
import { ListDeliveries } from './webhook-input.ts'
import { foundWebhook } from './webhooks.ts'

/** What came of the deliveries to a webhook in the last 30 days, newest first. Throws `not_found`. */
export async function listDeliveries(
  ctx: Context,
  input: ListDeliveries,
): Promise<{ data: Delivery[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { id, status, limit, cursor } = parseInput(ListDeliveries, input)
  foundWebhook(await ctx.notices.findWebhook(id), id)
  const page = { webhookId: id, status, after: cursor, limit: limit + 1 }
  const deliveries = await ctx.notices.listDeliveries(page)
  const data = deliveries.slice(0, limit).map(toDelivery)
  const last = data.at(-1)
  return { data, nextCursor: deliveries.length > limit && last ? String(last.id) : null }
}
