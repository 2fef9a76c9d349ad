import { html } from 'hono/html'
import type { BulkPreview } from '../../../../ledger/bulk/preview-bulk.ts'
import type { Html } from '../../page.ts'
import { panel, table } from '../../parts/blocks.ts'
import { withTimes } from '../../parts/times.ts'
import { count, counted } from '../../parts/words.ts'
import type { Reader } from '../../reader.ts'
import { runLink, stateOf } from '../run-words.ts'

type Previewed = BulkPreview['runs'][number]

/** Of many runs so many are shown; of all of them it is said how many there are. */
export const SAMPLE = 50

/** Some of the runs that something would happen to. */
export function thosePanel(will: string, those: Previewed[]) {
  if (those.length === 0) return ''
  const list = table({
    caption: `Runs that will ${will}`,
    fold: true,
    columns: COLUMNS,
    rows: those.slice(0, SAMPLE).map(({ run }) => cells(run)),
  })
  return panel(`Will ${will}`, html`${list} ${rest(those)}`, { id: 'those' })
}

/** To how many it would not happen, why not, and some of them. */
export function othersPanel(reader: Reader, will: string, others: Previewed[]) {
  if (others.length === 0) return ''
  const why = [...Map.groupBy(others, ({ refusal }) => refusal ?? '')].toSorted(
    ([, a], [, b]) => b.length - a.length,
  )
  const list = table({
    caption: `Runs that will not ${will}, and why`,
    fold: true,
    columns: [...COLUMNS, 'Why not'],
    rows: others
      .slice(0, SAMPLE)
      .map(({ run, refusal }) => [...cells(run), withTimes(reader, refusal ?? '')]),
  })
  const counts = html`<ul class="counts">${why.map(([words, alike]) => html`<li><strong>${count(alike.length)}</strong> ${withTimes(reader, words)}</li>`)}</ul>`
  return panel('Will not', html`${others.length > SAMPLE ? counts : ''} ${list} ${rest(others)}`, {
    id: 'others',
  })
}

function rest({ length }: Previewed[]): Html | string {
  return length <= SAMPLE
    ? ''
    : html`<p class="dim">The first ${count(SAMPLE)} are shown, ${counted(length - SAMPLE, 'other')} not.</p>`
}

const COLUMNS = ['Run', 'Kind', 'State']
const cells = (run: Previewed['run']) => [runLink(run), run.kind, stateOf(run)]
