import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fromCursor, toCursor } from '../../run/cursor.ts'
import type { HeldRun } from '../../run/hold.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

export const ListHolds = z.strictObject({
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.string().min(1).max(200).optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListHolds = z.input<typeof ListHolds>

/** Every run that is held, with who holds it and why: those whose hold ends first, then those that have been held for longest. */
export async function listHolds(
  ctx: Context,
  input: ListHolds = {},
): Promise<{ data: HeldRun[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { limit, cursor } = parseInput(ListHolds, input)
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const found = await ctx.retentionStore.openHolds({ after, limit: limit + 1 })
  const data = found.slice(0, limit)
  const last = data.at(-1)
  return {
    data,
    nextCursor: found.length > limit && last ? toCursor({ createdAt: last.until, id: last.id }) : null,
  }
}

function placeOf(cursor: string) {
  const { createdAt: until, id } = fromCursor(cursor)
  return { until, id }
}
