import type { Context } from '../../ports/context.ts'
import type { ClaimedDelivery } from '../../ports/notice-store.ts'
import { isLedgerError } from '../../run/errors.ts'
import { signWebhook } from './sign.ts'
import { toMail } from './to-mail.ts'
import { toSlack } from './to-slack.ts'
import { webhookSecrets } from './webhook-secrets.ts'

const PATIENCE_MS = 15_000

export type ToSend = Pick<ClaimedDelivery, 'eventId' | 'channel' | 'payload' | 'lastAttemptAt' | 'webhook'>

/** What came of an attempt. */
export interface Sent {
  /** Null where nothing was answered, or by mail. */
  responseStatus: number | null
  /** Why it did not get through; null: it did. */
  error: string | null
  /** The receiver says that it is to be told nothing more. */
  isGone: boolean
}

/** Makes one attempt at a delivery, by its channel. Never throws. */
export async function sendDelivery(ctx: Context, delivery: ToSend): Promise<Sent> {
  try {
    const status = await sendBy(ctx, delivery)
    if (status === null || (status >= 200 && status < 300))
      return { responseStatus: status, error: null, isGone: false }
    const isRedirect = status >= 300 && status < 400
    const error = `it answered ${status}${isRedirect ? ', and no redirect is followed' : ''}`
    return { responseStatus: status, error, isGone: status === 410 }
  } catch (error) {
    if (isLedgerError(error)) return { responseStatus: null, error: error.message, isGone: false }
    ctx.log.error('a delivery could not be made', { eventId: delivery.eventId, error })
    return { responseStatus: null, error: 'an error of the ledger itself; see its log', isGone: false }
  }
}

/** The status of the answer; null where there is none, as with mail. */
async function sendBy(ctx: Context, delivery: ToSend): Promise<number | null> {
  const { webhook, channel, payload, eventId } = delivery
  const { alertChannels } = ctx
  if (webhook !== null) {
    const content = webhook.format === 'slack' ? toSlack(payload) : payload
    return post(ctx, delivery, webhook.url, content, webhookSecrets(ctx, webhook))
  }
  if (channel === 'alert-webhook' && alertChannels.webhook !== null)
    return post(ctx, delivery, alertChannels.webhook.url, payload, [alertChannels.webhook.secret])
  if (channel === 'alert-slack' && alertChannels.slack !== null)
    return post(ctx, delivery, alertChannels.slack.url, toSlack(payload), [])
  if (channel === 'alert-email' && alertChannels.email !== null) {
    const { to, mailer } = alertChannels.email
    await mailer.send({ to, ...toMail(payload, eventId) })
    return null
  }
  throw new Error(`nothing is known of the channel ${channel}`)
}

async function post(
  ctx: Context,
  { eventId, lastAttemptAt }: ToSend,
  url: string,
  content: object,
  secrets: string[],
): Promise<number> {
  const body = JSON.stringify(content)
  const timestamp = Math.floor(Date.parse(lastAttemptAt) / 1_000)
  const signed =
    secrets.length === 0 ? {} : signWebhook(ctx, { id: eventId, timestamp, body, secret: secrets })
  const headers = { 'content-type': 'application/json', ...signed }
  const { status } = await ctx.outbound.post({ url, headers, body, timeoutMs: PATIENCE_MS })
  return status
}
