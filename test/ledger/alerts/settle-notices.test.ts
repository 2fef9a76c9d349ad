import { describe, expect, it } from 'vitest'
import { tellChannelFails } from '../../../lib/ledger/alerts/channel-alerts.ts'
import { openAlert } from '../../../lib/ledger/alerts/open-alert.ts'
import { watchNowAndThen } from '../../../lib/ledger/alerts/watch-now-and-then.ts'
import { hook, useNotices } from '../webhooks/steps.ts'

const at = useNotices()
const openKeys = async () => {
  const rows = await at().ledger.store.raw('SELECT key FROM alerts WHERE "resolvedAt" IS NULL ORDER BY key')
  return (rows as { key: string }[]).map(({ key }) => key)
}
const watch = async () => {
  await at().ledger.forgetChores()
  await watchNowAndThen(at().ctx)
}

describe('the watch, once an hour', () => {
  it('ends the alert about a channel that nothing is told by any more, and not that of one that is tried', async () => {
    const { ctx, ledger } = at()
    for (const channel of ['alert-slack', 'alert-email:gone@example.com'])
      await tellChannelFails(ctx, { channel, attempts: 5, error: 'it answered 404' })
    await watch()
    expect(await openKeys()).toHaveLength(2)
    await ledger.store.raw(
      `UPDATE alerts SET "openedAt" = now() - interval '3 days', "lastSeenAt" = now() - interval '49 hours'`,
    )
    await tellChannelFails(ctx, { channel: 'alert-slack', attempts: 9, error: 'it answered 404' })
    await watch()
    expect(await openKeys()).toEqual(['channel.failing:alert-slack'])
  })

  it('ends the alert about a webhook that was enabled again, or deleted, by somebody who was killed then', async () => {
    const { ctx, ledger } = at()
    const hooks = [await hook(at()), await hook(at()), await hook(at())]
    for (const { id } of hooks)
      await openAlert(ctx, {
        key: `webhook.disabled:${id}`,
        type: 'webhook.disabled',
        message: 'it was disabled',
        data: { webhookId: id },
      })
    const [disabled, enabled, gone] = hooks.map(({ id }) => id)
    await ledger.store.raw(`UPDATE webhooks SET "isEnabled" = id = '${enabled}'`)
    await ledger.store.raw(`DELETE FROM webhooks WHERE id = '${gone}'`)
    await watch()
    expect(await openKeys()).toEqual([`webhook.disabled:${disabled}`])
  })
})
