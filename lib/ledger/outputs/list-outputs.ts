import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { LedgerError } from '../../run/errors.ts'
import { RunId } from '../../run/ids.ts'
import { LIMITS } from '../../run/limits.ts'
import { OutputPath } from '../../run/output-path.ts'
import type { RunOutput } from '../../run/run-output.ts'
import { refuseStranger } from '../archives/may-use-archive.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from '../runs/get-run.ts'
import { toRunOutput } from './to-run-output.ts'

/** Which files of a run. */
export const ListOutputs = z.strictObject({
  id: RunId,
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().min(1).max(1_300).optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListOutputs = z.input<typeof ListOutputs>

export interface OutputPage {
  data: RunOutput[]
  /** Null on the last page. */
  nextCursor: string | null
}

/**
 * The files that a run has produced, in order of path; of a path that several attempts produced, the last one's. Throws
 * `not_found`; `forbidden` where they are archived, or deleted, and not the actor's.
 */
export async function listOutputs(ctx: Context, input: ListOutputs): Promise<OutputPage> {
  requireScope(ctx, 'runs:read')
  const { id, limit, cursor } = parseInput(ListOutputs, input)
  const run = await getRun(ctx, { id })
  if (run.storageState !== 'active' && run.storageState !== 'archiving') refuseStranger(ctx, run)
  const afterPath = cursor === undefined ? undefined : fromCursor(cursor)
  const rows = await ctx.outputs.list(id, { afterPath, limit: limit + 1 })
  const data = rows.slice(0, limit).map(toRunOutput)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > limit && last ? toCursor(last.path) : null }
}

const toCursor = (path: string) => Buffer.from(path).toString('base64url')

/** The path a page ended at. Throws `invalid` for anything `toCursor` did not make. */
function fromCursor(cursor: string): string {
  const path = OutputPath.safeParse(Buffer.from(cursor, 'base64url').toString())
  if (path.success && toCursor(path.data) === cursor) return path.data
  throw new LedgerError('invalid', 'the cursor is not one that a listing gave; start again without it', {
    issues: [{ path: 'cursor', message: 'must be the nextCursor of an earlier page' }],
  })
}
