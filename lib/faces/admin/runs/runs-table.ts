import { html } from 'hono/html'
import type { TypicalDuration } from '../../../ledger/runs/typical-durations.ts'
import type { Retention } from '../../../run/retention.ts'
import type { Run } from '../../../run/run.ts'
import { table } from '../parts/blocks.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { mayWrite, type Reader } from '../reader.ts'
import { actionButtons } from './bulk/action-buttons.ts'
import { allMatching, type Matching } from './bulk/all-matching.ts'
import { durationOf, runLink, startedOf, stateOf, storageOf, triggerOf, waitedOf } from './run-words.ts'
import { type RunsQuery, toQuery } from './runs-query.ts'

export interface ListedRun {
  run: Run
  typical: TypicalDuration | undefined
  /** Known to admins. */
  retention: Retention | undefined
}

/** Runs as a table, each with a box to tick for what can be done to several at once. */
export function runsTable(
  reader: Reader,
  rows: ListedRun[],
  { query, back, matching }: { query: RunsQuery; back: string; matching: Matching | null },
) {
  const isTicked = mayWrite(reader)
  const list = table({
    caption: 'Runs, newest first',
    fold: true,
    columns: [
      ...(isTicked ? [{ name: 'Tick', unseen: true }] : []),
      'Run',
      'Kind and name',
      'State',
      'Trigger',
      'Started',
      { name: 'Waited', right: true },
      { name: 'Duration', right: true },
      { name: 'Attempts', right: true },
      'Data',
    ],
    rows: rows.map((row) => [...(isTicked ? [tick(row.run)] : []), ...cells(reader, row, query)]),
  })
  if (!isTicked) return list
  return html`${matching === null ? '' : allMatching(reader, matching, { query, back })}
  <form method="get" action="${paths.runsBulk()}" data-ticks>
    <input type="hidden" name="back" value="${back}" />
    ${bulkBar(reader)} ${list}
  </form>`
}

const tick = ({ id, kind }: Run) =>
  html`<input type="checkbox" name="id" value="${id}" aria-label="Tick ${kind} …${id.slice(-8)}" />`

function cells(reader: Reader, { run, typical, retention }: ListedRun, query: RunsQuery) {
  return [
    runLink(run),
    whatOf(reader, run, query),
    stateOf(run),
    triggerOf(run),
    startedOf(reader, run),
    waitedOf(reader, run),
    durationOf(reader, run, typical),
    run.maxAttempts > 1 ? `${count(run.attempt)} of ${count(run.maxAttempts)}` : count(run.attempt),
    storageOf(reader, run, retention),
  ]
}

const MOST_ERROR = 160

function whatOf(reader: Reader, { kind, name, projectId, state, error }: Run, query: RunsQuery) {
  const first = error?.trim().split('\n')[0] ?? ''
  const said = first.length > MOST_ERROR ? `${first.slice(0, MOST_ERROR)}…` : first
  return html`<span class="what"><a class="plain" href="${paths.runs(toQuery({ ...query, kind }))}">${kind}</a>${projectOf(reader, projectId, query)}
    ${name === null ? '' : html`<span class="dim" title="${name}">${name}</span>`}</span>
    ${state !== 'failed' || said === '' ? '' : html`<span class="under bad" title="${said}">${said}</span>`}`
}

/** Whoever is of a project sees no other, and needs no link to theirs. */
function projectOf({ actor }: Reader, project: string | null, query: RunsQuery) {
  if (project === null) return ''
  const shown =
    actor.projectId === null
      ? html`<a class="plain" href="${paths.runs(toQuery({ ...query, project }))}">${project}</a>`
      : project
  return html` <span class="dim">in ${shown}</span>`
}

function bulkBar(reader: Reader) {
  return html`<div class="bulk">
    <label class="tick-all" hidden data-tick-all><input type="checkbox" /> All shown</label>
    <span class="dim" data-ticked>Ticked runs:</span>
    ${actionButtons(reader)}
  </div>`
}
