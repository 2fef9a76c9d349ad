import { html } from 'hono/html'
import type { RunStats } from '../../../run/stats.ts'
import { empty, panel, table } from '../parts/blocks.ts'
import { count, counted, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'

const SHOWN = 8

/** What waits, by kind: those first of which most do. */
export function queue(kinds: RunStats['queue']) {
  if (kinds.length === 0) return panel('Queue', empty('Nothing waits'))
  const body = table({
    caption: 'What waits, by kind',
    fold: true,
    columns: [
      'Kind',
      { name: 'Waiting', right: true },
      { name: 'Due', right: true },
      { name: 'Oldest has waited', right: true },
    ],
    rows: kinds
      .slice(0, SHOWN)
      .map(({ kind, depth, due, oldestAgeSeconds }) => [
        html`<a href="${paths.runs({ kind, state: 'queued', range: 'all' })}">${kind}</a>`,
        count(depth),
        count(due),
        oldestAgeSeconds === null ? html`<span class="dim">–</span>` : duration(oldestAgeSeconds * 1_000),
      ]),
  })
  const more = kinds.length - SHOWN
  const all = html`<a href="${paths.runs({ state: 'queued', range: 'all' })}">${more > 0 ? `and ${counted(more, 'more kind', 'more kinds')}` : 'all that waits'}</a>`
  return panel('Queue', body, { aside: all })
}
