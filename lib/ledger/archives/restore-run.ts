import { z } from 'zod'
import type { TakenStorage, TakeStorage } from '../../ports/archive-store.ts'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import type { Run, StorageState } from '../../run/run.ts'
import { undeleteRun } from '../deletion/undelete-run.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'
import { STORAGE_LEASE_SECONDS } from './held-storage.ts'
import { refuseStranger, requireMaker } from './may-use-archive.ts'
import { missingOfCopy } from './missing-of-copy.ts'
import { doStorageWork, type StorageOptions } from './storage-work.ts'
import { tellBegun } from './tell-begun.ts'

export const RestoreRun = z.strictObject({ id: RunId })
export type RestoreRun = z.input<typeof RestoreRun>

/**
 * Puts the log and the files of an archived run back to where they were, each compared by its SHA-256; also those of a deleted run whose
 * archive is in its grace, which is for admins. Called again it goes on with what was begun, and does nothing to one that is restored,
 * unless files of it are missing since: these it puts back. The run is `restoring` in the answer where time ran out: the tick goes
 * on. Throws `not_found`, `forbidden`; `conflict` where there is nothing to restore from, or another file is in the way. Source 002.
 */
export async function restoreRun(
  ctx: Context,
  input: RestoreRun,
  options: StorageOptions = {},
): Promise<Run> {
  requireMaker(ctx, 'runs:write')
  const { id } = parseInput(RestoreRun, input)
  const run = await getRun(ctx, { id }, 'runs:write')
  refuseStranger(ctx, run)
  if (run.storageState === 'deleted' || run.deletedAt !== null) requireScope(ctx, 'admin')
  const isRestored = run.storageState === 'active' && run.restoredAt !== null
  if (isRestored && (await missingOfCopy(ctx, run)) === null) return run
  const undeleted = await undeleteRun(ctx, run)
  if (undeleted !== null) return undeleted
  const taken = await takeToRestore(ctx, run, options)
  const isGzip = (await ctx.archives.inForce(id))?.compression === 'gzip'
  return await tellBegun(ctx, run, 'run.restored', async () => {
    if (options.gzipOnly && !isGzip) await ctx.archives.release(taken.lease, 0)
    else await doStorageWork(ctx, taken, options)
  })
}

/** Where there is more to it than an archive that is there. */
const WORKS: Partial<Record<StorageState, TakeStorage['work']>> = { restoring: 'resume', active: 'repair' }

async function takeToRestore(
  ctx: Context,
  { id, storageState }: Run,
  { leaseSeconds = STORAGE_LEASE_SECONDS }: StorageOptions,
): Promise<TakenStorage> {
  const work = WORKS[storageState] ?? 'restore'
  const taken = await ctx.archives.take({ id, work, leaseSeconds, most: Number.MAX_SAFE_INTEGER })
  if (taken !== null && taken !== 'busy' && taken.run.storageState === 'restoring') return taken
  throw await whyNot(ctx, id)
}

async function whyNot(ctx: Context, id: string): Promise<LedgerError> {
  const { storageState, archivePath } = await getRun(ctx, { id }, 'runs:write')
  const why = {
    active: 'its files are where they were',
    archiving: 'it is being archived',
    archived: 'its files are being archived just now; try again later',
    restoring: 'it is being restored just now',
    deleting: 'it is being deleted',
    deleted: archivePath === null ? 'its files were deleted' : 'its archive is not kept any more',
  }[storageState]
  return new LedgerError('conflict', `run ${id} cannot be restored: ${why}`)
}
