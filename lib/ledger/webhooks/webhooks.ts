import type { Context } from '../../ports/context.ts'
import type { StoredWebhook } from '../../ports/notice-store.ts'
import { isLedgerError, LedgerError } from '../../run/errors.ts'
import type { NewWebhook, Webhook } from '../../run/webhook.ts'
import { resolveAlert } from '../alerts/resolve-alert.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { auditOfWebhook, changedOfWebhook } from './audit-of-webhook.ts'
import { toWebhook, webhookAlert } from './to-webhook.ts'
import { CreateWebhook, ListWebhooks, NamedWebhook, UpdateWebhook } from './webhook-input.ts'
import { webhookSecrets } from './webhook-secrets.ts'

/**
 * Tells a URL of events from now on. The secret that verifies its signatures is in this answer and nowhere else. Throws `invalid`
 * for a URL that must not be called.
 */
export async function createWebhook(ctx: Context, input: CreateWebhook): Promise<NewWebhook> {
  requireScope(ctx, 'admin')
  const parsed = parseInput(CreateWebhook, input)
  await checkUrl(ctx, parsed.url)
  const made = { ...parsed, id: ctx.newId(), createdBy: ctx.actor.name }
  const { format, events, kinds, isEnabled } = made
  const audit = auditOfWebhook(ctx, 'webhook.created', made, { format, events, kinds, isEnabled })
  const stored = await ctx.notices.insertWebhook(made, audit)
  return { ...toWebhook(stored), secret: webhookSecrets(ctx, stored)[0] }
}

/** Changes what is given. Enabled again, a webhook begins anew, as one that has never failed. Throws `not_found`, `invalid`. */
export async function updateWebhook(ctx: Context, input: UpdateWebhook): Promise<Webhook> {
  requireScope(ctx, 'admin')
  const { id, ...change } = parseInput(UpdateWebhook, input)
  if (change.url !== undefined) await checkUrl(ctx, change.url)
  const before = foundWebhook(await ctx.notices.findWebhook(id), id)
  if (change.url === undefined && change.format === 'standard') keepHidden(before)
  const audit = auditOfWebhook(ctx, 'webhook.changed', before, { fields: changedOfWebhook(before, change) })
  const webhook = toWebhook(foundWebhook(await ctx.notices.updateWebhook(id, change, audit), id))
  if (change.isEnabled !== undefined) {
    const message = `webhook ${id} was ${change.isEnabled ? 'enabled again' : 'disabled'} by ${ctx.actor.name}`
    await resolveAlert(ctx, { key: webhookAlert(id), message })
  }
  return webhook
}

/** The URL of a webhook for Slack is a password, which would be shown by another format. Throws `invalid`. */
function keepHidden({ format }: StoredWebhook): void {
  if (format !== 'slack') return
  const message = 'must be given anew with another format: that of a webhook for Slack is not shown again'
  throw new LedgerError('invalid', `url: ${message}`, { issues: [{ path: 'url', message }] })
}

/** Throws `not_found`. */
export async function getWebhook(ctx: Context, input: NamedWebhook): Promise<Webhook> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedWebhook, input)
  return toWebhook(foundWebhook(await ctx.notices.findWebhook(id), id))
}

/** Webhooks, newest first. */
export async function listWebhooks(
  ctx: Context,
  input: ListWebhooks = {},
): Promise<{ data: Webhook[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { limit, cursor } = parseInput(ListWebhooks, input)
  const webhooks = await ctx.notices.listWebhooks({ after: cursor, limit: limit + 1 })
  const data = webhooks.slice(0, limit).map(toWebhook)
  return { data, nextCursor: webhooks.length > limit ? (data.at(-1)?.id ?? null) : null }
}

/** Gives a webhook a new secret; for a day the one before signs, too, but not the one before that. Throws `not_found`. */
export async function rotateWebhook(ctx: Context, input: NamedWebhook): Promise<NewWebhook> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedWebhook, input)
  const found = foundWebhook(await ctx.notices.findWebhook(id), id)
  const audit = auditOfWebhook(ctx, 'webhook.rotated', found)
  const stored = foundWebhook(await ctx.notices.rotateWebhook(id, audit), id)
  return { ...toWebhook(stored), secret: webhookSecrets(ctx, stored)[0] }
}

/** Nothing more is delivered to it, not what is on its way either. Throws `not_found`. */
export async function deleteWebhook(ctx: Context, input: NamedWebhook): Promise<void> {
  requireScope(ctx, 'admin')
  const { id } = parseInput(NamedWebhook, input)
  const found = foundWebhook(await ctx.notices.findWebhook(id), id)
  if (!(await ctx.notices.removeWebhook(id, auditOfWebhook(ctx, 'webhook.deleted', found))))
    throw notThere(id)
  await resolveAlert(ctx, {
    key: webhookAlert(id),
    message: `webhook ${id} was deleted by ${ctx.actor.name}`,
  })
}

/** The one that is there. Throws `not_found`. */
export function foundWebhook<T>(webhook: T | null, id: string): T {
  if (webhook === null) throw notThere(id)
  return webhook
}

const notThere = (id: string) => new LedgerError('not_found', `there is no webhook ${id}`)

/** What is refused as it stands is told now; a name may still turn out to be when it is called. */
async function checkUrl({ outbound }: Context, url: string): Promise<void> {
  try {
    await outbound.check(url)
  } catch (error) {
    if (!isLedgerError(error)) throw error
    throw new LedgerError('invalid', `url: ${error.message}`, {
      issues: [{ path: 'url', message: error.message }],
    })
  }
}
