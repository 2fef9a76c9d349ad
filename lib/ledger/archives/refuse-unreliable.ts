import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'

/** Throws `unavailable` where the store was seen to list, range or delete wrongly: nothing is removed from such a one. */
export async function refuseUnreliable({ storeFaults }: Context): Promise<void> {
  const faults = await storeFaults()
  if (faults.length === 0) return
  throw new LedgerError(
    'unavailable',
    `nothing is removed from this object store: ${faults.join('; ')}; see runledger doctor`,
  )
}
