import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { LIMITS } from '../../run/limits.ts'
import type { Run } from '../../run/run.ts'
import { truncateMiddle } from '../../run/truncate.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { filterOf, ListRuns } from './list-runs.ts'

/** Which runs, and how many come before them. */
export const PageRuns = ListRuns.omit({ cursor: true, sort: true, q: true }).extend({
  scriptId: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .meta({ description: 'The number of the script that they are of' }),
  offset: z.coerce.number().int().min(0).default(0),
  counted: z.boolean().default(false).meta({ description: 'Whether it is asked how many there are' }),
})
export type PageRuns = z.input<typeof PageRuns>

export interface NumberedPage {
  /** Without their inputs, which are null, and with an `error` of 2 KB at most, so that as many fit as were asked for. */
  data: Run[]
  more: boolean
  /** Up to 10,000; null where it was not asked for. */
  total: number | null
}

/**
 * A page of runs by creation, newest first, by how many come before it: for the clients of older systems, which cannot follow a
 * cursor. What is passed over is read, so only the first 10,000 are reached: beyond, it is `invalid`, and a narrower range of dates
 * has to be asked for.
 */
export async function pageRuns(ctx: Context, input: PageRuns = {}): Promise<NumberedPage> {
  requireScope(ctx, 'runs:read')
  const { limit, offset, scriptId, counted, ...asked } = parseInput(PageRuns, input)
  if (offset > LIMITS.pageOffset) throw tooFar()
  const filter = { ...filterOf(ctx, asked), scriptId }
  const page = { ...filter, isBrief: true, sort: 'createdAt:desc', skip: offset, limit: limit + 1 } as const
  const [runs, total] = await Promise.all([
    ctx.runs.list(page),
    counted ? ctx.runs.count(filter, LIMITS.pageOffset) : null,
  ])
  return { data: runs.slice(0, limit).map(withShortError), more: runs.length > limit, total }
}

const ERROR_BYTES = 2_048

const withShortError = <R extends Run>(run: R): R =>
  run.error === null ? run : { ...run, error: truncateMiddle(run.error, ERROR_BYTES) }

function tooFar(): LedgerError {
  const message = `only the first ${LIMITS.pageOffset} are reached by number; ask for a narrower range of dates`
  return new LedgerError('invalid', message, { issues: [{ path: 'offset', message }] })
}
