import { matchingRuns } from '../../../../ledger/bulk/matching-runs.ts'
import type { PageCall } from '../../page.ts'
import { readQuery, toFilter } from '../runs-query.ts'

/** What is asked about: what was ticked, or all that the list would show. */
export interface AskedRuns {
  ids: string[]
  /** Null: they were ticked. */
  matching: { isMore: boolean } | null
}

/** Of an address: the runs that are ticked, or those that match it now. Throws as `matchingRuns` does. */
export async function askedRuns({ c, ctx, query, reader }: PageCall): Promise<AskedRuns> {
  if (query.all !== 'matching') return { ids: c.req.queries('id') ?? [], matching: null }
  const { ids, isMore } = await matchingRuns(ctx, toFilter(readQuery(query, reader.zone), reader.now))
  return { ids, matching: { isMore } }
}
