import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fromCursor, toCursor } from '../../run/cursor.ts'
import type { RestorableRun } from '../../run/deletion.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

export const ListDeleted = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().min(1).max(200).optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListDeleted = z.input<typeof ListDeleted>

/** Runs that were deleted softly and can still be restored, the last deleted first. A page may hold few of them, and others follow. */
export async function listDeleted(
  ctx: Context,
  input: ListDeleted = {},
): Promise<{ data: RestorableRun[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { limit, cursor } = parseInput(ListDeleted, input)
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const { runs, next } = await ctx.deletions.restorable({ after, limit })
  return {
    data: runs,
    nextCursor: next === null ? null : toCursor({ createdAt: next.deletedAt, id: next.id }),
  }
}

function placeOf(cursor: string) {
  const { createdAt: deletedAt, id } = fromCursor(cursor)
  return { deletedAt, id }
}
