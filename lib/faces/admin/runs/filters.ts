import { html } from 'hono/html'
import type { StateCount } from '../../../ports/run-store.ts'
import { StorageState } from '../../../run/run.ts'
import type { Html } from '../page.ts'
import { chips } from '../parts/chips.ts'
import { choice, field } from '../parts/form.ts'
import { toLocal } from '../parts/local-time.ts'
import { stateBadge } from '../parts/state-badge.ts'
import { time } from '../parts/times.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { isFiltered, RANGES, type Range, type RunsQuery, toQuery } from './runs-query.ts'

const WORDS: Record<Range, string> = { '1h': '1 h', '24h': '24 h', '7d': '7 d', '30d': '30 d', all: 'All' }

/** The times that are a click away. */
export function rangeLinks({ from: _from, to: _to, ...query }: RunsQuery) {
  const all = Object.keys(RANGES) as Range[]
  return html`<nav class="segments" aria-label="Time range">
    ${all.map(
      (range) =>
        html`<a href="${paths.runs(toQuery({ ...query, range }))}" ${range === query.range ? html`aria-current="true"` : ''}>${WORDS[range]}</a>`,
    )}
  </nav>`
}

/** Between which times they were created, where that is no click away, and the way back to what is. */
export function spanShown(reader: Reader, { from, to, ...query }: RunsQuery) {
  if (query.range !== null) return ''
  const since = from === undefined ? '' : html` from ${time(reader, from)}`
  const until = to === undefined ? '' : html` until ${time(reader, to)}`
  return html`<p class="span">Created${since}${until}
    <a href="${paths.runs(toQuery({ ...query, range: '24h' }))}">Back to the last 24 hours</a></p>`
}

const STORAGE: [string, string][] = [
  ['', 'in place'],
  ['all', 'wherever it is'],
  ...StorageState.options
    .filter((state) => state !== 'active')
    .map((state): [string, string] => [state, state]),
]

/** What the list can be asked for, as a form whose answer is the address. */
export function filterForm(reader: Reader, query: RunsQuery, problems: ReadonlyMap<string, string>) {
  const { range, state, kind, project, storage = '', label, q, from, to } = query
  const local = (at: string | undefined) => (at === undefined ? undefined : toLocal(at, reader.zone))
  // The state is no field of it.
  const { state: _state, ...typed } = query
  const isOpen = isFiltered(typed) || range === null || problems.size > 0
  // On a small screen alone, where the form is a screenful.
  return html`<details class="filter-fold" ${isOpen ? html`open` : ''}><summary>Filter</summary></details>
  <form method="get" action="${paths.runs()}" class="run-filters" aria-label="Filter runs" data-keep>
    ${range === null || range === '24h' ? '' : html`<input type="hidden" name="range" value="${range}" />`}
    ${state === undefined ? '' : html`<input type="hidden" name="state" value="${state}" />`}
    <div class="fields">
      ${field({ label: 'Begins with', name: 'q', type: 'search', value: q, placeholder: 'id, kind or name', problem: problems.get('q') })}
      ${field({ label: 'Kind', name: 'kind', value: kind, problem: problems.get('kind') })}
      ${
        reader.actor.projectId === null
          ? field({
              label: 'Project',
              name: 'project',
              value: project,
              placeholder: '- for none',
              problem: problems.get('projectId'),
            })
          : ''
      }
      ${field({ label: 'Label', name: 'label', value: label, placeholder: 'key=value', problem: problems.get('label') })}
      ${choice({ label: 'Data', name: 'storage', value: storage, options: STORAGE })}
      ${field({ label: 'Created from', name: 'from', type: 'datetime-local', value: local(from), problem: problems.get('since') })}
      ${field({ label: 'until', name: 'to', type: 'datetime-local', value: local(to), problem: problems.get('before') })}
      <div class="field actions">
        <button>Filter</button>
        ${isFiltered(query) || range === null ? html`<a class="button" href="${paths.runs()}">Clear</a>` : ''}
      </div>
    </div>
  </form>`
}

/** How many there are of each state; each shows those alone. */
export function stateChips(query: RunsQuery, counts: StateCount[]) {
  const { state: chosen, ...rest } = query
  const total = counts.reduce((sum, one) => sum + one.count, 0)
  const more = counts.some((one) => one.more)
  const link = (state: RunsQuery['state']) =>
    paths.runs(toQuery(state === undefined ? rest : { ...rest, state }))
  const chip = (state: RunsQuery['state'], name: Html | string, many: string) => ({
    href: link(state),
    words: html`${name} <span class="dim">${many}</span>`,
    isNow: chosen === state,
  })
  return chips('Runs by state', [
    chip(undefined, 'All', inWords(total, more)),
    ...counts.map((one) => chip(one.state, stateBadge(one.state), inWords(one.count, one.more))),
  ])
}

const inWords = (n: number, more: boolean) => `${count(n)}${more ? '+' : ''}`
