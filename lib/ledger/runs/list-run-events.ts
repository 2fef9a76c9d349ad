import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import type { RunEvent } from '../../run/event.ts'
import { RunId } from '../../run/ids.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { getRun } from './get-run.ts'

export const ListRunEvents = z.strictObject({
  id: RunId,
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({ description: 'Those after the event with this id' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
export type ListRunEvents = z.input<typeof ListRunEvents>

/** What happened to a run, oldest first. `nextAfter` is null on the last page, and only there. Throws as `getRun` does. */
export async function listRunEvents(
  ctx: Context,
  input: ListRunEvents,
): Promise<{ data: RunEvent[]; nextAfter: number | null }> {
  requireScope(ctx, 'runs:read')
  const { id, after, limit } = parseInput(ListRunEvents, input)
  await getRun(ctx, { id })
  const events = await ctx.runs.events([{ runId: id, id: after }], limit + 1)
  const data = fittingAnswer(events.slice(0, limit))
  return { data, nextAfter: events.length > data.length ? (data.at(-1)?.id ?? null) : null }
}
