import { buffer } from 'node:stream/consumers'
import type { Codec } from '../../archive/codec.ts'
import type { Archive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { describeArchive, isMadeOf } from './archive-object.ts'
import { BadAttempt } from './bad-attempt.ts'

/**
 * Puts a small archive's object, whole. Where there is one already that was made of the same manifest, by somebody who did not get to
 * note it, that is the one: what it is. Throws a BadAttempt where it is another.
 */
export async function putWhole(
  ctx: Context,
  archive: Archive,
  by: Codec,
  body: Uint8Array,
): Promise<{ etag: string | null; body: Uint8Array }> {
  const put = await ctx.objects.put(archive.key, body, { ifAbsent: true, ...describeArchive(archive, by) })
  if (put !== null) return { etag: put.etag, body }
  const found = await ctx.objects.get(archive.key)
  if (found === null || !isMadeOf(found, archive)) {
    await found?.body.cancel()
    throw new BadAttempt(`there is another object at ${archive.key}`)
  }
  return { etag: found.etag, body: await buffer(found.body) }
}
