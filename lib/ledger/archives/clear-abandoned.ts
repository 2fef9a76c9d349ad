import type { AbandonedArchive } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'

const PAGE = 100

/** Removes what is left of abandoned attempts, of one run or of any: nobody reads them any more. Throws `unavailable`. */
export async function clearAbandoned(ctx: Context, runId?: string): Promise<number> {
  const found = await ctx.archives.abandoned({ ...(runId === undefined ? {} : { runId }), limit: PAGE })
  for (const archive of found) await clear(ctx, archive)
  return found.length
}

async function clear(
  { objects, archives }: Context,
  { runId, attempt, key, uploadId }: AbandonedArchive,
): Promise<void> {
  if (uploadId !== null) await objects.abortMultipart({ key, uploadId })
  const [failed] = await objects.deleteMany([key])
  if (failed) throw new LedgerError('unavailable', `the archive ${key} could not be removed: ${failed.error}`)
  await archives.setGone(runId, attempt)
}
