import type { Context } from '../../ports/context.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'
import { archivedFiles, isArchived } from '../archives/archived-files.ts'
import { refuseStranger } from '../archives/may-use-archive.ts'
import { getRun } from '../runs/get-run.ts'

/** Where the files of a run are read from; to be closed when they have been read. */
export interface RunFiles extends Pick<ObjectStore, 'get'> {
  run: Run
  close(): Promise<void>
}

/**
 * The run, whose files are in the object store. Throws `not_found` for none that the actor may know of, and where the files
 * were deleted; `conflict` where they are in an archive.
 */
export async function runWithFiles(ctx: Context, id: string): Promise<Run> {
  const run = await getRun(ctx, { id })
  refuseDeleted(run)
  if (isArchived(run.storageState))
    throw new LedgerError('conflict', `the files of run ${id} are in its archive; restore it first`)
  return run
}

/**
 * The files of a run, wherever they are: as they were put, or in its archive. Throws `not_found` as above; `forbidden` where they are
 * archived and not the actor's.
 */
export async function openFiles(ctx: Context, id: string): Promise<RunFiles> {
  const run = await getRun(ctx, { id })
  refuseDeleted(run)
  if (!isArchived(run.storageState))
    return { run, get: (key, options) => ctx.objects.get(key, options), close: async () => {} }
  refuseStranger(ctx, run)
  return { run, ...(await archivedFiles(ctx, id)) }
}

function refuseDeleted({ id, storageState }: Run): void {
  if (storageState === 'deleting' || storageState === 'deleted')
    throw new LedgerError('not_found', `the files of run ${id} were deleted`)
}
