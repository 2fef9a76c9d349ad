import type { Context } from '../../ports/context.ts'
import { isPassing } from '../../run/errors.ts'
import type { SweepError } from '../../run/sweep.ts'
import { requireScope } from '../require-scope.ts'
import { reasonOf } from '../retention/end-stale-runs.ts'
import { STORAGE_LEASE_SECONDS } from './held-storage.ts'
import { doStorageWork, type StorageOptions } from './storage-work.ts'

const MOST = 100
/** So often in a row the database or the store may be away before it ends. */
const MOST_AWAY = 3

/** What was gone on with. */
export interface ResumedStorage {
  resumed: number
  errors: SweepError[]
  /** Whether time ran out before the work did, or the store is away. */
  more: boolean
}

/**
 * Goes on with what somebody has begun with the files of runs and went away from, the longest ago first: archives that are being
 * written, originals that are being removed, runs that are being restored. One that fails is named, and keeps nobody from the rest.
 */
export async function resumeStorage(
  ctx: Context,
  work: { until: number } & StorageOptions,
): Promise<ResumedStorage> {
  requireScope(ctx, 'admin')
  const { until, ...options } = work
  let away = 0
  const done: ResumedStorage = { resumed: 0, errors: [], more: false }
  for (const { id } of await ctx.archives.stalled(MOST)) {
    if (ctx.now() >= until || options.signal?.aborted) return { ...done, more: true }
    try {
      if (!(await resume(ctx, id, { ...options, budgetMs: until - ctx.now() }))) continue
      done.resumed++
      away = 0
    } catch (error) {
      done.errors.push({ item: id, message: reasonOf(error) })
      ctx.log.warn('what was begun with the files of a run could not be ended', { runId: id, error })
      away = isPassing(error) ? away + 1 : 0
      if (away >= MOST_AWAY) return { ...done, more: true }
    }
  }
  return done
}

/** False where somebody else has it, or as many are being archived as may be. */
async function resume(ctx: Context, id: string, options: StorageOptions): Promise<boolean> {
  const { leaseSeconds = STORAGE_LEASE_SECONDS } = options
  const most = ctx.retention.archiveConcurrency
  const taken = await ctx.archives.take({ id, work: 'resume', leaseSeconds, most })
  if (taken === null || taken === 'busy') return false
  await doStorageWork(ctx, taken, options)
  return true
}
