import type { AuditEntry } from '../../ports/audit-store.ts'
import type { Context } from '../../ports/context.ts'
import type { NewStoredWebhook, WebhookChange } from '../../ports/notice-store.ts'

type Told = Pick<NewStoredWebhook, 'id' | 'projectId' | 'url' | 'description'>

/** What the audit keeps of what somebody did to a webhook: never its secret, and of its URL, which may be one, only the host. */
export function auditOfWebhook(
  { newId, actor, requestId }: Context,
  action: 'webhook.created' | 'webhook.changed' | 'webhook.rotated' | 'webhook.deleted',
  { id, projectId, url, description }: Told,
  more: Record<string, unknown> = {},
): AuditEntry {
  const stats = { webhookId: id, webhook: description ?? hostOf(url), host: hostOf(url), ...more }
  return { id: newId(), action, actor: actor.name, requestId, projectId, stats }
}

/** What is another than it was. */
export function changedOfWebhook(before: Required<WebhookChange>, change: WebhookChange) {
  const names = (Object.keys(change) as (keyof WebhookChange)[]).filter(
    (name) => change[name] !== undefined && JSON.stringify(change[name]) !== JSON.stringify(before[name]),
  )
  const shown = (name: keyof WebhookChange, of: WebhookChange) =>
    name === 'url' ? hostOf(of.url ?? '') : of[name]
  return Object.fromEntries(
    names.map((name) => [name, { from: shown(name, before), to: shown(name, change) }]),
  )
}

const hostOf = (url: string) => URL.parse(url)?.host ?? ''
