import type { Context } from '../../ports/context.ts'

/** Says that what was wrong is over, to those who heard of it; where nothing was wrong, nothing. */
export async function resolveAlert(
  ctx: Context,
  { key, message }: { key: string; message: string },
): Promise<void> {
  const resolved = await ctx.notices.resolveAlert(key, message)
  if (resolved !== null) ctx.log.info(message, { alert: key, type: resolved.type })
}
