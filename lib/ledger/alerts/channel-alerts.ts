import type { Context } from '../../ports/context.ts'
import { channelNames } from './channels.ts'
import { openAlert } from './open-alert.ts'
import { resolveAlert } from './resolve-alert.ts'

/** By then it has been tried for three minutes. */
const FAILS_AFTER = 5

const keyOf = (channel: string) => `channel.failing:${channel}`

/** Tells of a channel that alerts do not get through by, to all the others. */
export async function tellChannelFails(
  ctx: Context,
  { channel, attempts, error }: { channel: string; attempts: number; error: string },
): Promise<void> {
  if (attempts < FAILS_AFTER) return
  const others = channelNames(ctx.alertChannels).filter((name) => name !== channel)
  const message = `alerts do not get through by ${channel}: ${error}`
  await openAlert(
    ctx,
    { key: keyOf(channel), type: 'channel.failing', message, data: { channel, error } },
    others,
  )
}

/** Something got through. */
export async function tellChannelWorks(ctx: Context, channel: string): Promise<void> {
  await resolveAlert(ctx, { key: keyOf(channel), message: `alerts get through by ${channel} again` })
}
