import type { Context } from '../../ports/context.ts'
import { refuseUnreliable } from '../archives/refuse-unreliable.ts'

const PAGE = 1_000
const AT_ONCE = 8

/**
 * Removes objects by their keys, overwritten before with `SECURE_DELETE`; those that could not be, each with why. Throws
 * `unavailable` for a store that was seen to do such things wrongly.
 */
export async function removeKeys(ctx: Context, keys: string[]): Promise<{ key: string; error: string }[]> {
  if (keys.length === 0) return []
  await refuseUnreliable(ctx)
  if (ctx.retention.secureDelete) await overwriteAll(ctx, keys)
  const failed: { key: string; error: string }[] = []
  for (let at = 0; at < keys.length; at += PAGE)
    failed.push(...(await ctx.objects.deleteMany(keys.slice(at, at + PAGE))))
  return failed
}

/** A few at a time. One that cannot be overwritten is not removed either. */
async function overwriteAll({ objects }: Context, keys: string[]): Promise<void> {
  for (let at = 0; at < keys.length; at += AT_ONCE)
    await Promise.all(keys.slice(at, at + AT_ONCE).map((key) => objects.overwrite(key)))
}
