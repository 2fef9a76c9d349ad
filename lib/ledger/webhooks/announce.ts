import type { Context } from '../../ports/context.ts'
import type { Announcement } from '../../ports/notice-store.ts'

/**
 * Tells the webhooks that want it of an event that has happened: those of its project and those of all projects, or of an event
 * without a project the latter alone. Again with the same `eventId` it does nothing; it becomes the `webhook-id`, with `_` for what
 * is no letter, digit or `-`. Events of runs are announced by the database.
 */
export async function announce(ctx: Context, event: Announcement): Promise<void> {
  // A full stop ends the id in what is signed.
  await ctx.notices.announce({ ...event, eventId: event.eventId.replaceAll(/[^\w-]/g, '_') })
}
