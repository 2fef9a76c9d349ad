import type { Context } from '../../ports/context.ts'
import type { LogState } from '../../ports/log-store.ts'
import { bytesOfLogKey, chunkPrefix, fenceOfChunk, logPrefix } from './log-keys.ts'

const PAGE = 1_000

/**
 * Removes the objects that a run's log object has taken the place of, then their rows; also what was put and never recorded,
 * and earlier log objects. What could not be removed is kept in the rows, for the next time.
 */
export async function removeChunks(ctx: Context, runId: string): Promise<void> {
  const state = await ctx.logs.state(runId)
  if (state === null || state.logFile === null) return
  const failed = [
    ...(await removeAll(ctx, await coveredKeys(ctx, state))),
    ...(await removeAll(ctx, await strayKeys(ctx, state))),
    ...(await removeAll(ctx, await olderObjects(ctx, state))),
  ]
  if (failed.length > 0)
    return ctx.log.warn('chunks of a log could not be removed', { runId, errors: failed.slice(0, 10) })
  await ctx.logs.forgetChunks(runId)
}

async function coveredKeys(ctx: Context, { runId, objectBytes }: LogState): Promise<string[]> {
  const keys: string[] = []
  for (let at = 0; at < objectBytes; ) {
    const chunks = await ctx.logs.chunks(runId, at, PAGE)
    const covered = chunks.filter(({ position, bytes }) => position + bytes <= objectBytes)
    keys.push(...covered.flatMap(({ objectKey }) => objectKey ?? []))
    const last = covered.at(-1)
    if (last === undefined || covered.length < PAGE) break
    at = last.position + last.bytes
  }
  return keys
}

/**
 * Chunks that no row names: their writer died between the two. While the run may still be written to, one may be about to
 * be recorded, so they are left; attempts begun since are not looked at.
 */
async function strayKeys(
  ctx: Context,
  { runId, isOpen, isFinal, fence, bytes, objectBytes }: LogState,
): Promise<string[]> {
  if (isOpen || !isFinal || bytes > objectBytes) return []
  const keys: string[] = []
  for (let startAfter = ''; ; ) {
    const page = await ctx.objects.list({ prefix: chunkPrefix(runId), startAfter, limit: PAGE })
    const ours = page.map(({ key }) => key).filter((key) => (fenceOfChunk(key) ?? Infinity) <= fence)
    keys.push(...ours)
    if (page.length === 0) return keys
    startAfter = page.at(-1)?.key ?? ''
  }
}

/**
 * Log objects that this one has taken the place of, and what compactions that did not come to their end have left. Longer ones
 * are left alone: somebody may be about to name them.
 */
async function olderObjects(ctx: Context, { runId, logFile, objectBytes }: LogState): Promise<string[]> {
  const [run] = await ctx.runs.get([runId])
  if (!run) return []
  const found = await ctx.objects.list({ prefix: logPrefix(run), limit: PAGE })
  return found.map(({ key }) => key).filter((key) => key !== logFile && bytesOfLogKey(key) < objectBytes)
}

async function removeAll(ctx: Context, keys: string[]): Promise<{ key: string; error: string }[]> {
  const failed: { key: string; error: string }[] = []
  for (let at = 0; at < keys.length; at += PAGE)
    failed.push(...(await ctx.objects.deleteMany(keys.slice(at, at + PAGE))))
  return failed
}
