import type { Context } from '../../ports/context.ts'
import { resumeDeletions } from '../deletion/resume-deletions.ts'
import { requireScope } from '../require-scope.ts'
import { type ResumedStorage, resumeStorage } from './resume-storage.ts'
import { sweepArchive } from './sweep-archive.ts'

/** What a tick did for the files of runs. */
export interface SeenToStorage {
  resumed: number
  failed: number
  archived: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/** Deletions that are gone on with at a time, and of the time what they may take: archives are waited for longer. */
const MOST_DELETIONS = 100
const DELETIONS_SHARE = 0.4

/**
 * Goes on with what somebody began to delete, with what was begun with the files of runs, and with the last archive sweep, where that was
 * stopped by its time alone: a pass a day would not be enough for all of it. What fails is left to the next tick or sweep.
 */
export async function seeToStorage(
  ctx: Context,
  work: { until: number; signal?: AbortSignal | undefined },
): Promise<SeenToStorage> {
  requireScope(ctx, 'admin')
  const { until, signal } = work
  const deletions = await goOnDeleting(ctx, work)
  const storage = await resumeStorage(ctx, { until, signal })
  const resumed = deletions.resumed + storage.resumed
  const more = deletions.more || storage.more
  const done = { resumed, failed: deletions.errors.length + storage.errors.length, archived: 0, more }
  if (more || ctx.now() >= until || !(await ctx.archives.goesOn())) return done
  const sweep = await sweepArchive(ctx, {}, { signal, budgetMs: until - ctx.now() })
  const { archived = 0, failed = 0 } = sweep.counts
  return { resumed, failed: done.failed + failed, archived, more: sweep.more }
}

async function goOnDeleting(
  ctx: Context,
  { until, signal }: { until: number; signal?: AbortSignal | undefined },
): Promise<ResumedStorage> {
  const began = ctx.now()
  const end = began + (until - began) * DELETIONS_SHARE
  const isOver = () => ctx.now() >= end || signal?.aborted === true
  return await resumeDeletions(ctx, { isOver, most: MOST_DELETIONS })
}
