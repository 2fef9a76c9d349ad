import { html } from 'hono/html'
import type { StateCount } from '../../../../ports/run-store.ts'
import { BULK_RUNS } from '../../../../run/bulk.ts'
import { count, counted } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { type RunsQuery, sinceOf, toQuery } from '../runs-query.ts'
import { actionButtons } from './action-buttons.ts'

/** How many runs a list would show in all. */
export interface Matching {
  total: number
  /** There may be others. */
  isMore: boolean
}

export function matchingOf({ state }: RunsQuery, counts: StateCount[]): Matching {
  const those = counts.filter((one) => state === undefined || one.state === state)
  return {
    total: those.reduce((sum, one) => sum + one.count, 0),
    isMore: those.some(({ more }) => more),
  }
}

/** What can be done to all that the list would show, not only to those of this page; what comes after the page was made is not among them. */
export function allMatching(
  reader: Reader,
  { total, isMore }: Matching,
  { query, back }: { query: RunsQuery; back: string },
) {
  const isOver = isMore || total > BULK_RUNS
  const words = isOver
    ? `The newest ${count(BULK_RUNS)} of ${count(total)}${isMore ? '+' : ''} that match`
    : `All ${counted(total, 'run')} that match`
  const asked = Object.entries({ ...toQuery(asOfNow(query, reader)), back, all: 'matching' })
  return html`<details class="all-matching" id="all-matching">
    <summary>${words}, also those on other pages…</summary>
    <form method="get" action="${paths.runsBulk()}" class="bulk">
      ${asked.map(([name, value]) => (value === undefined ? '' : html`<input type="hidden" name="${name}" value="${value}" />`))}
      <span class="dim">You see what it comes to before anything is done${isOver ? `; ${count(BULK_RUNS)} at once are the most` : ''}:</span>
      ${actionButtons(reader)}
    </form>
  </details>`
}

/** The same times as instants: asked for later, they are still those of now. */
function asOfNow(query: RunsQuery, { now }: Reader): RunsQuery {
  const from = sinceOf(query, now)
  const to = new Date(query.to === undefined ? now : Math.min(now, Date.parse(query.to))).toISOString()
  return { ...query, range: null, ...(from === undefined ? {} : { from }), to }
}
