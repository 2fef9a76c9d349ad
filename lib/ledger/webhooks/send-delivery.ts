import type { Context } from '../../ports/context.ts'
import type { ClaimedDelivery } from '../../ports/notice-store.ts'
import type { OutboundAnswer } from '../../ports/outbound.ts'
import { deliveryWaitMs } from '../../run/delivery.ts'
import { isLedgerError } from '../../run/errors.ts'
import { addressOf } from '../alerts/channels.ts'
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
  /** For how long it asks to be told nothing. */
  waitMs: number
}

/** An answer, as far as it matters; null: by mail there is none. */
type Answer = Pick<OutboundAnswer, 'status' | 'retryAfterMs'> | null

/** Makes one attempt at a delivery, by its channel. Throws where `signal` has cut it off, and nothing else. */
export async function sendDelivery(ctx: Context, delivery: ToSend, signal?: AbortSignal): Promise<Sent> {
  try {
    return toSent(await sendBy(ctx, delivery, signal))
  } catch (error) {
    if (signal?.aborted) throw error
    if (isLedgerError(error)) return failed(error.message)
    ctx.log.error('a delivery could not be made', { eventId: delivery.eventId, error })
    return failed('an error of the ledger itself; see its log')
  }
}

const failed = (error: string): Sent => ({ responseStatus: null, error, isGone: false, waitMs: 0 })

function toSent(answer: Answer): Sent {
  const { status, retryAfterMs } = answer ?? { status: null, retryAfterMs: null }
  const isRedirect = status !== null && status >= 300 && status < 400
  const isTaken = status === null || (status >= 200 && status < 300)
  return {
    responseStatus: status,
    error: isTaken ? null : `it answered ${status}${isRedirect ? ', and no redirect is followed' : ''}`,
    isGone: status === 410,
    waitMs: deliveryWaitMs(status, retryAfterMs),
  }
}

async function sendBy(ctx: Context, delivery: ToSend, signal: AbortSignal | undefined): Promise<Answer> {
  const { webhook, channel, payload, eventId } = delivery
  const { alertChannels } = ctx
  const to = (url: string, content: object, secrets: string[]) =>
    post(ctx, delivery, { url, content, secrets, signal })
  if (webhook !== null) {
    const content = webhook.format === 'slack' ? toSlack(payload) : payload
    return to(webhook.url, content, webhookSecrets(ctx, webhook))
  }
  if (channel === 'alert-webhook' && alertChannels.webhook !== null)
    return to(alertChannels.webhook.url, payload, [alertChannels.webhook.secret])
  if (channel === 'alert-slack' && alertChannels.slack !== null)
    return to(alertChannels.slack.url, toSlack(payload), [])
  const address = addressOf(channel)
  if (address !== null && alertChannels.email !== null) {
    await alertChannels.email.mailer.send({ to: address, ...toMail(payload, eventId), signal })
    return null
  }
  throw new Error(`nothing is known of the channel ${channel}`)
}

async function post(
  ctx: Context,
  { eventId, lastAttemptAt }: ToSend,
  { url, content, secrets, signal }: Posting,
): Promise<Answer> {
  const body = JSON.stringify(content)
  const timestamp = Math.floor(Date.parse(lastAttemptAt) / 1_000)
  const signed =
    secrets.length === 0 ? {} : signWebhook(ctx, { id: eventId, timestamp, body, secret: secrets })
  const headers = { 'content-type': 'application/json', ...signed }
  return await ctx.outbound.post({ url, headers, body, timeoutMs: PATIENCE_MS, signal })
}

interface Posting {
  url: string
  content: object
  secrets: string[]
  signal: AbortSignal | undefined
}
