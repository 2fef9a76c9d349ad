import type { StorageLease } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'

/** How long a run's storage is somebody's who does not say a word. */
export const STORAGE_LEASE_SECONDS = 120

/** A run's storage in somebody's hands, for as long as the work takes. */
export interface HeldStorage extends StorageLease {
  /** To be called between one thing and the next; asks for more time when a third of it has passed. Throws `lease_lost`. */
  stay(): Promise<void>
  /** To be called right before what must not be done by two: asks in any case. Throws `lease_lost`. */
  sure(): Promise<void>
}

/** Keeps hold of a lease. A worker that was paused for longer finds out here that somebody else goes on. */
export function holdStorage(
  ctx: Context,
  lease: StorageLease,
  leaseSeconds = STORAGE_LEASE_SECONDS,
): HeldStorage {
  let asked = ctx.now()
  const sure = async () => {
    const at = ctx.now()
    if (!(await ctx.archives.extend(lease, leaseSeconds))) throw storageLost(lease.runId)
    asked = at
  }
  return {
    ...lease,
    sure,
    async stay() {
      if (ctx.now() - asked > (leaseSeconds * 1_000) / 3) await sure()
    },
  }
}

/** Said to whoever works on files that somebody else has taken over. */
export function storageLost(runId: string): LedgerError {
  return new LedgerError('lease_lost', `somebody else works on the files of run ${runId} by now`)
}
