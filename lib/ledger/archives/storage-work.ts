import { isArchiveFault } from '../../archive/archive-fault.ts'
import type { TakenStorage } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { isLedgerError, isPassing } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { archiveSteps, type StorageWork } from './archive-steps.ts'
import { clearAbandoned } from './clear-abandoned.ts'
import { holdStorage, STORAGE_LEASE_SECONDS } from './held-storage.ts'
import { restoreSteps } from './restore-steps.ts'

export interface StorageOptions {
  signal?: AbortSignal | undefined
  /** How long it takes at most; what is left is gone on with later. */
  budgetMs?: number | undefined
  /** How long it is nobody else's while nothing is heard. */
  leaseSeconds?: number | undefined
  /** Whether a slow compression may take as long as it takes: not in a function. */
  isUnlimited?: boolean | undefined
  /** Whether the slow compressions are not to be used here: what needs one is begun, and left to the tick. */
  gzipOnly?: boolean | undefined
  /** What a part of an archive has at least, compressed. */
  partBytes?: number | undefined
  /** What a part of an archive is of at most. */
  partTarBytes?: number | undefined
  /** What is read back of an archive in one go. */
  wholeBytes?: number | undefined
}

/** Until the originals are tried to be removed again, where that could not be done. */
const RETRY_SECONDS = 60

/**
 * Does what a run's storage was taken in hand for, whatever that is, and lets go of it: at the end, when time is over, or when
 * the database or the object store is away. What cannot be done is given up, and the run is where it was. The answer is whether it is
 * through. Throws what stopped it.
 */
export async function doStorageWork(
  ctx: Context,
  { run, lease }: TakenStorage,
  options: StorageOptions,
): Promise<boolean> {
  const { signal, budgetMs = Number.POSITIVE_INFINITY, leaseSeconds = STORAGE_LEASE_SECONDS } = options
  const { isUnlimited = false, partBytes = LIMITS.archivePartBytes } = options
  const { wholeBytes = LIMITS.archiveWholeBytes, partTarBytes = LIMITS.archivePartTarBytes } = options
  const held = holdStorage(ctx, lease, leaseSeconds)
  const until = ctx.now() + budgetMs
  const isOver = () => ctx.now() >= until || signal?.aborted === true
  const work: StorageWork = { held, isOver, isUnlimited, partBytes, partTarBytes, wholeBytes }
  try {
    const isDone = await (run.storageState === 'restoring' ? restoreSteps : archiveSteps)(ctx, run, work)
    if (!isDone) await ctx.archives.release(lease, 0)
    ctx.signals.emit(`run:${run.id}`)
    return isDone
  } catch (error) {
    await letGo(ctx, run, work, error).catch((trouble: unknown) =>
      ctx.log.warn('what was begun with the files of a run is gone on with when its lease has expired', {
        runId: run.id,
        error: trouble,
      }),
    )
    throw error
  }
}

async function letGo(ctx: Context, run: Run, { held }: StorageWork, error: unknown): Promise<void> {
  if (isLedgerError(error) && error.code === 'lease_lost') return
  // What was written so far is kept; nobody waits for its lease.
  if (isPassing(error)) return await ctx.archives.release(held, 0)
  const last = run.storageState === 'restoring' ? null : await ctx.archives.last(run.id)
  const fault = error instanceof Error ? error.message : String(error)
  if (last !== null) await ctx.archives.abandon(held, last.attempt, fault)
  // Of one that is archived already only the end is missing.
  if ((await ctx.archives.giveUp(held, isArchiveFault(error))) === null)
    await ctx.archives.release(held, RETRY_SECONDS)
  if (last !== null) await clearAbandoned(ctx, run.id)
}
