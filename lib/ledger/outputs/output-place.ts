import type { Context } from '../../ports/context.ts'
import type { Output } from '../../ports/output-store.ts'
import { LedgerError } from '../../run/errors.ts'
import { folderOf } from '../../run/folder.ts'
import { outputKey } from '../../run/output-path.ts'
import { getRun } from '../runs/get-run.ts'
import { leaseLost } from '../runs/heartbeat-runs.ts'
import { fromLeaseToken } from '../runs/lease-token.ts'

/** One file of the attempt that a lease token is of. */
export type OutputPlace = Pick<Output, 'runId' | 'fence' | 'path' | 'objectKey'>

/**
 * Where the holder of a lease may put this file. Whether the lease is still held is asked again when anything is written. Throws
 * `not_found`, `lease_lost` where the run was claimed since, `conflict` where its files are not to be touched.
 */
export async function outputPlace(
  ctx: Context,
  { id, leaseToken, path }: { id?: string | undefined; leaseToken: string; path: string },
): Promise<OutputPlace> {
  const lease = fromLeaseToken(ctx.signer, leaseToken, id)
  const run = await getRun(ctx, { id: lease.id }, 'runs:work')
  if (run.fence !== lease.fence) throw leaseLost(run.id)
  if (run.storageState !== 'active')
    throw new LedgerError('conflict', `the files of run ${run.id} are ${run.storageState}; none can be added`)
  const objectKey = outputKey(folderOf(run), run.fence, path)
  return { runId: run.id, fence: run.fence, path, objectKey }
}
