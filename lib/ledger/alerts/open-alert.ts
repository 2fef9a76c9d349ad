import type { Context } from '../../ports/context.ts'
import type { NewAlert, OpenedAlert } from '../../ports/notice-store.ts'
import { channelNames } from './channels.ts'

/**
 * Says that something is wrong, once: while it is, saying so again under the same key changes nothing. Whoever is configured
 * hears of it, by `channels` where they are given.
 */
export async function openAlert(
  ctx: Context,
  alert: NewAlert,
  channels: string[] = channelNames(ctx.alertChannels),
): Promise<void> {
  logOpened(ctx, await ctx.notices.openAlert(alert, channels))
}

/** The log hears of it, too, once. */
export function logOpened(ctx: Context, { alert, opened }: OpenedAlert): void {
  if (opened) ctx.log.warn(alert.message, { alert: alert.key, type: alert.type })
}
