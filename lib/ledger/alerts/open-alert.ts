import type { Context } from '../../ports/context.ts'
import type { NewAlert } from '../../ports/notice-store.ts'
import { channelNames } from './channels.ts'

/**
 * Says that something is wrong, once: while it is, saying so again under the same key changes nothing. Whoever is configured
 * hears of it.
 */
export async function openAlert(ctx: Context, alert: NewAlert): Promise<void> {
  const { opened } = await ctx.notices.openAlert(alert, channelNames(ctx.alertChannels))
  if (opened) ctx.log.warn(alert.message, { alert: alert.key, type: alert.type })
}
