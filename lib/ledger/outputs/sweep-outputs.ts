import type { Context } from '../../ports/context.ts'
import type { Output, OutputPosition } from '../../ports/output-store.ts'
import { LIMITS } from '../../run/limits.ts'
import { requireScope } from '../require-scope.ts'
import { removeObject } from './clear-place.ts'
import { sweepUploads } from './sweep-uploads.ts'

const PAGE = 100

/** What a sweep of uploads did. */
export interface SweptOutputs {
  /** Announced, and never committed. */
  swept: number
  failed: number
  /** Uploads that nobody knows of any more. */
  ended: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/**
 * Ends uploads that were announced a day ago and never committed: what there is of them is removed, until there are none left or
 * `until` (of `ctx.now`). One that fails is logged, keeps nobody from the rest, and is left to the next sweep.
 */
export async function sweepOutputs(ctx: Context, until: number): Promise<SweptOutputs> {
  requireScope(ctx, 'admin')
  const done = { swept: 0, failed: 0, ended: await endStrays(ctx) }
  const asked = { olderThanSeconds: LIMITS.outputUploadSeconds, limit: PAGE }
  for (let after: OutputPosition | undefined; ; ) {
    const page = await ctx.outputs.abandoned(after === undefined ? asked : { ...asked, after })
    for (const output of page) {
      if (ctx.now() >= until) return { ...done, more: true }
      try {
        if (await sweep(ctx, output)) done.swept++
      } catch (error) {
        done.failed++
        const { runId, path } = output
        ctx.log.warn('an upload could not be swept; the next sweep tries again', { runId, path, error })
      }
    }
    if (page.length < PAGE) return { ...done, more: false }
    after = page.at(-1)
  }
}

/** A store that cannot list its uploads keeps nobody from the rest. */
async function endStrays(ctx: Context): Promise<number> {
  try {
    return await sweepUploads(ctx)
  } catch (error) {
    ctx.log.warn('uploads that nobody knows of could not be looked for; in an hour again', { error })
    return 0
  }
}

/**
 * Whether it was swept, and not committed or announced anew in between. First nobody can record it any more, then what there is
 * of it goes, and the row last: wherever this ends, the next sweep finds it.
 */
async function sweep(ctx: Context, output: Output): Promise<boolean> {
  const { runId, fence, path, objectKey, uploadId } = output
  const swept = await ctx.outputs.startSweep(output)
  if (swept === null) return false
  if (uploadId !== null) await ctx.objects.abortMultipart({ key: objectKey, uploadId })
  const now = await ctx.outputs.get(runId, fence, path)
  if (now?.createdAt !== swept.createdAt) return false
  await removeObject(ctx, objectKey)
  await ctx.outputs.forget([swept])
  return true
}
