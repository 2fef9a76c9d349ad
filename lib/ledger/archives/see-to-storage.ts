import type { Context } from '../../ports/context.ts'
import { requireScope } from '../require-scope.ts'
import { resumeStorage } from './resume-storage.ts'
import { sweepArchive } from './sweep-archive.ts'

/** What a tick did for the files of runs. */
export interface SeenToStorage {
  resumed: number
  failed: number
  archived: number
  /** Whether time ran out before the work did. */
  more: boolean
}

/**
 * Goes on with what was begun with the files of runs, and with the last archive sweep, where that was stopped by its time alone: a
 * pass a day would not be enough for all of it. What fails is left to the next sweep.
 */
export async function seeToStorage(
  ctx: Context,
  work: { until: number; signal?: AbortSignal | undefined },
): Promise<SeenToStorage> {
  requireScope(ctx, 'admin')
  const { until, signal } = work
  const { resumed, errors, more } = await resumeStorage(ctx, { until, signal })
  const done = { resumed, failed: errors.length, archived: 0, more }
  if (more || ctx.now() >= until || !(await ctx.archives.goesOn())) return done
  const sweep = await sweepArchive(ctx, {}, { signal, budgetMs: until - ctx.now() })
  const { archived = 0, failed = 0 } = sweep.counts
  return { resumed, failed: done.failed + failed, archived, more: sweep.more }
}
