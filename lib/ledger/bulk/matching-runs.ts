import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { BULK_RUNS } from '../../run/bulk.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { ListRuns, listRuns } from '../runs/list-runs.ts'

export const MatchingRuns = ListRuns.omit({ limit: true, cursor: true, sort: true })
export type MatchingRuns = z.input<typeof MatchingRuns>

/** Runs that a list would show. */
export interface MatchedRuns {
  /** The newest first, as many as something can be done to at once. */
  ids: string[]
  /** Whether there are others. */
  isMore: boolean
}

/** Which runs are like that now: of each its id, so that what is done afterwards is done to these and to no other. Throws as `listRuns` does. */
export async function matchingRuns(ctx: Context, input: MatchingRuns): Promise<MatchedRuns> {
  requireScope(ctx, 'runs:write')
  const asked = parseInput(MatchingRuns, input)
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const limit = Math.min(LIMITS.pageSize, BULK_RUNS - ids.length)
    const page = await listRuns(ctx, { ...asked, cursor, limit }, { isBrief: true })
    ids.push(...page.data.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined && ids.length < BULK_RUNS)
  return { ids, isMore: cursor !== undefined }
}
