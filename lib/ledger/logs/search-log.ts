import { z } from 'zod'
import type { Context } from '../../ports/context.ts'
import { RunId } from '../../run/ids.ts'
import { logBlocks } from '../../run/log-blocks.ts'
import { takeTokens } from '../limits/take-tokens.ts'
import { parseInput } from '../parse-input.ts'
import { requireScope } from '../require-scope.ts'
import { LineFinder, LogMatch } from './find-lines.ts'
import { ReadLog, readLog } from './read-log.ts'

export const SearchLog = z.strictObject({
  id: RunId,
  q: z.string().min(1).max(200).meta({ description: 'Looked for in each line, in capitals or not' }),
  from: ReadLog.shape.from,
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})
export type SearchLog = z.input<typeof SearchLog>

export const LogMatches = z.object({
  data: z.array(LogMatch).meta({ description: 'In the order of the log, a line once' }),
  to: z.number().int().meta({ description: 'How far it was searched, in bytes' }),
  total: z.number().int().meta({ description: 'Bytes of the whole log at this moment' }),
  nextFrom: z.number().int().nullable().meta({ description: 'Where to go on; null at the end' }),
})
export type LogMatches = z.output<typeof LogMatches>

/** How much is searched at once: bytes, and time after the first of them were there. */
export interface SearchBudget {
  bytes: number
  ms: number
}

const BUDGET: SearchBudget = { bytes: 256 * 1024 * 1024, ms: 2_000 }

/**
 * The lines of a run's log with this text in what was printed, whatever its capitals and colours; a line of ours that was cut is
 * searched over the cut. It ends at `limit` lines or where its budget is spent, and `nextFrom` goes on: so a log of any length is searched
 * in a fixed amount of memory. Throws as `readLog` does, and `limited`. Admin page: search over the whole log.
 */
export async function searchLog(
  ctx: Context,
  input: SearchLog,
  budget: SearchBudget = BUDGET,
): Promise<LogMatches> {
  requireScope(ctx, 'runs:read')
  const { id, q, from = 0, limit } = parseInput(SearchLog, input)
  await takeTokens(ctx, 'search', 1)
  const { body, total } = await readLog(ctx, { id, from })
  const finder = new LineFinder(q, id)
  const data: LogMatch[] = []
  const upTo = (to: number): LogMatches => ({ data, to, total, nextFrom: to < total ? to : null })
  let began: number | undefined
  for await (const block of logBlocks(body, from)) {
    began ??= ctx.now()
    for await (const { end, match } of finder.find(block)) {
      data.push(match)
      if (data.length === limit) return upTo(Math.min(end, total))
    }
    const to = block.position + block.bytes.length
    if (to - from >= budget.bytes || ctx.now() - began >= budget.ms) return upTo(to)
  }
  return upTo(total)
}
