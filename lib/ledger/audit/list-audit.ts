import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { fittingAnswer } from '../../run/answer-size.ts'
import { AuditAction, type AuditRow } from '../../run/audit.ts'
import { RunId } from '../../run/ids.ts'
import { Instant } from '../../run/instant.ts'
import { LIMITS } from '../../run/limits.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'

const Seq = z.coerce.number().int().min(1)

export const ListAudit = z.strictObject({
  runId: RunId.optional(),
  action: AuditAction.optional(),
  actor: z.string().min(1).max(200).optional().meta({ description: 'Who did it, by the whole name' }),
  from: Instant.optional().meta({ description: 'Done at or after' }),
  to: Instant.optional().meta({ description: 'Done before' }),
  limit: z.coerce.number().int().min(1).max(LIMITS.pageSize).default(LIMITS.defaultPageSize),
  cursor: Seq.optional().meta({ description: 'The nextCursor of the page before' }),
})
export type ListAudit = z.input<typeof ListAudit>

/** What was done, newest first. */
export async function listAudit(
  ctx: Context,
  input: ListAudit = {},
): Promise<{ data: AuditRow[]; nextCursor: string | null }> {
  requireScope(ctx, 'admin')
  const { runId, limit, cursor, ...filter } = parseInput(ListAudit, input)
  const rows = await ctx.audit.list({ ...filter, jobId: runId, before: cursor, limit: limit + 1 })
  const data = fittingAnswer(rows.slice(0, limit))
  const last = data.at(-1)
  return { data, nextCursor: rows.length > data.length && last ? String(last.seq) : null }
}
