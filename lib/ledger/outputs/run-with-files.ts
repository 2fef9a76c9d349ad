import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import type { Run } from '../../run/run.ts'
import { getRun } from '../runs/get-run.ts'

/**
 * The run, whose files are in the object store. Throws `not_found` for none that the actor may know of, and where the files
 * were deleted; `conflict` where they are in an archive.
 */
export async function runWithFiles(ctx: Context, id: string): Promise<Run> {
  const run = await getRun(ctx, { id })
  switch (run.storageState) {
    case 'active':
    case 'archiving':
      return run
    case 'archived':
      throw new LedgerError('conflict', `the files of run ${id} are in its archive; restore it first`)
    case 'restoring':
      throw new LedgerError('conflict', `the files of run ${id} are being restored; try again later`)
    case 'deleting':
    case 'deleted':
      throw new LedgerError('not_found', `the files of run ${id} were deleted`)
  }
}
