import type { Context } from '../../ports/context.ts'
import type { Upload } from '../../ports/object-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { fromOutputKey } from '../../run/output-path.ts'
import { requireScope } from '../require-scope.ts'

const PREFIXES = ['jobs/', 'logs/']
/** How often uploads are looked for that nobody announced. */
export const STRAYS_EVERY_SECONDS = 3_600
const MOST = 10_000

/**
 * Ends the multipart uploads that were begun a day ago and that no announced output goes on with: whoever began them was killed.
 * Looks once an hour, over all instances, at the first 10,000 uploads below each prefix, in order of key: what is behind them waits
 * until there are fewer. The answer is how many it has ended.
 */
export async function sweepUploads(ctx: Context): Promise<number> {
  requireScope(ctx, 'admin')
  if (!(await ctx.limits.due('sweep-uploads', STRAYS_EVERY_SECONDS))) return 0
  const before = ctx.now() - LIMITS.outputUploadSeconds * 1_000
  let ended = 0
  for (const prefix of PREFIXES)
    for (const upload of await ctx.objects.listMultiparts({ prefix, limit: MOST })) {
      if (Date.parse(upload.startedAt) > before || (await isAnnounced(ctx, upload))) continue
      await ctx.objects.abortMultipart(upload)
      ended++
    }
  return ended
}

async function isAnnounced({ outputs }: Context, { key, uploadId }: Upload): Promise<boolean> {
  const of = fromOutputKey(key)
  if (of === null) return false
  return (await outputs.get(of.runId, of.fence, of.path))?.uploadId === uploadId
}
