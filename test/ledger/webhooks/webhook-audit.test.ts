import { expect, it } from 'vitest'
import { deleteWebhook, rotateWebhook, updateWebhook } from '../../../lib/ledger/webhooks/webhooks.ts'
import { brokenAudit } from '../deletion/steps.ts'
import { refusal } from '../steps.ts'
import { hook, useNotices } from './steps.ts'

const at = useNotices()

it('what somebody does to a webhook is kept in the audit, and neither its secret nor more of its URL than the host', async () => {
  const { ctx, ledger, receiver } = at()
  const zoe = { ...ctx, actor: { ...ctx.actor, name: 'Zoë' } }
  const { id, secret } = await hook({ ...at(), ctx: zoe }, { path: 'geheim', projectId: 'acme' })
  await updateWebhook(zoe, { id, isEnabled: false, description: 'of mails' })
  await updateWebhook(zoe, { id, isEnabled: true, url: `${receiver.url}geheim2` })
  await rotateWebhook(zoe, { id })
  await deleteWebhook(zoe, { id })
  for (const refused of [rotateWebhook, deleteWebhook, updateWebhook])
    expect(await refusal(refused(zoe, { id }))).toMatchObject({ code: 'not_found' })
  const host = `127.0.0.1:${receiver.port}`
  const rows = await ledger.store.audit.walk(0, 100)
  expect(rows).toMatchObject([
    { action: 'webhook.created', stats: { webhookId: id, webhook: host, host, events: ['run.*'] } },
    {
      action: 'webhook.changed',
      stats: {
        fields: { isEnabled: { from: true, to: false }, description: { from: null, to: 'of mails' } },
      },
    },
    {
      action: 'webhook.changed',
      stats: {
        webhook: 'of mails',
        fields: { isEnabled: { from: false, to: true }, url: { from: host, to: host } },
      },
    },
    { action: 'webhook.rotated' },
    { action: 'webhook.deleted' },
  ])
  expect(rows).toHaveLength(5)
  expect(rows.every(({ actor, projectId }) => actor === 'Zoë' && projectId === 'acme')).toBe(true)
  const kept = JSON.stringify(rows)
  for (const hidden of ['geheim', secret, secret.slice(6)]) expect(kept).not.toContain(hidden)
  expect(await brokenAudit(ledger)).toBeNull()
})
