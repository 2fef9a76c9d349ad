import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import type { Alert } from '../../run/alert.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

export const ListAlerts = z.strictObject({
  state: z
    .enum(['open', 'resolved', 'all'])
    .default('open')
    .meta({ description: '`resolved` are kept for 30 days' }),
  type: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'Of this type alone', example: 'sweep.failing' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'The nextCursor of the page before' }),
})
export type ListAlerts = z.input<typeof ListAlerts>

/** What is wrong, newest first: since when, how often it was seen, who was told of it, and whether that arrived. */
export async function listAlerts(
  ctx: Context,
  input: ListAlerts = {},
): Promise<{ data: Alert[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { state, type, limit, cursor } = parseInput(ListAlerts, input)
  const isOpen = state === 'all' ? undefined : state === 'open'
  const alerts = await ctx.notices.listAlerts({ isOpen, type, after: cursor, limit: limit + 1 })
  const data = fittingAnswer(alerts.slice(0, limit).map(({ channels: _channels, ...alert }) => alert))
  const last = data.at(-1)
  return { data, nextCursor: alerts.length > data.length && last ? String(last.id) : null }
}
