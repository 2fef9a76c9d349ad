import type { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { StateCount } from '../../ports/run-store.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { filterOf, ListRuns } from './list-runs.ts'

/** Which runs; the state is what they are told apart by. */
export const CountRuns = ListRuns.omit({ state: true, cursor: true, sort: true, limit: true })
export type CountRuns = z.input<typeof CountRuns>

const MOST = 1_000

/**
 * How many runs a list would show, by state: up to 1,000 of each, or where more is asked for than when, of the newest 5,000 in all.
 * `more` says that there may be others.
 */
export async function countRuns(ctx: Context, input: CountRuns = {}): Promise<StateCount[]> {
  requireScope(ctx, 'runs:read')
  const { q, ...asked } = parseInput(CountRuns, input)
  return await ctx.runs.countByState({ ...filterOf(ctx, asked), q }, MOST)
}
