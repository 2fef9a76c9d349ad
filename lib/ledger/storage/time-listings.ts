import type { Context } from '../../ports/context.ts'
import type { StorageState } from '../../run/run.ts'
import type { StorageFacts } from '../../run/storage-targets.ts'
import { requireScope } from '../require-scope.ts'
import { listRuns } from '../runs/list-runs.ts'

/** Makes a listing of each kind, and says how many ms it took, as it is now. */
export async function timeListings(ctx: Context): Promise<StorageFacts['listingMs']> {
  requireScope(ctx, 'admin')
  const timed = async (storageState: StorageState) => {
    const began = ctx.now()
    await listRuns(ctx, { storageState: [storageState] })
    return ctx.now() - began
  }
  // One after the other: what one takes is not to be waited for by the other.
  const active = await timed('active')
  return { active, archived: await timed('archived') }
}
