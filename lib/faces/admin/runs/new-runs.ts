import { html } from 'hono/html'
import { listRuns } from '../../../ledger/runs/list-runs.ts'
import type { Context } from '../../../ports/context.ts'
import { counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { type RunsQuery, toFilter, toQuery } from './runs-query.ts'

const MOST = 99

/** How many runs have come since the newest that is shown, whose place `seen` is; up to 100. */
export async function countNew(ctx: Context, query: RunsQuery, seen: string): Promise<number> {
  const { since: _since, ...filter } = toFilter(query, ctx.now())
  const newer = { ...filter, sort: 'createdAt:asc', cursor: seen, limit: MOST + 1 } as const
  return (await listRuns(ctx, newer, { isBrief: true })).data.length
}

/** Offers them, in place of rows that move under the reader's hand. */
export function newRuns(query: RunsQuery, found: number) {
  if (found === 0) return html`<p id="new-runs" class="new-runs" role="status"></p>`
  const words = found > MOST ? `${MOST}+ new runs` : counted(found, 'new run')
  return html`<p id="new-runs" class="new-runs" role="status"><a href="${paths.runs(toQuery(query))}">${words}</a></p>`
}
