import type { StoredDelivery, StoredWebhook } from '../../ports/notice-store.ts'
import type { Delivery, Webhook } from '../../run/webhook.ts'

/** A webhook as it may be shown: of a Slack URL, which is a password, no more than where it leads. */
export function toWebhook(stored: StoredWebhook): Webhook {
  const { secretVersion: _secretVersion, isRotating: _isRotating, url, ...webhook } = stored
  return { ...webhook, url: stored.format === 'slack' ? `${new URL(url).origin}/…` : url }
}

/** A delivery as it may be shown: with its next attempt only while there will be one. */
export function toDelivery(stored: StoredDelivery): Delivery {
  return { ...stored, nextAttemptAt: stored.status === 'pending' ? stored.nextAttemptAt : null }
}

/** What the alert about a webhook is opened and resolved under. */
export const webhookAlert = (id: string) => `webhook.disabled:${id}`
