import { html } from 'hono/html'
import type { LogMatch } from '../../../../ledger/logs/find-lines.ts'
import type { LogMatches } from '../../../../ledger/logs/search-log.ts'
import { clock } from '../../parts/times.ts'
import { bytes, counted, percent } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'

/** Asks for a text in the whole log. */
export const searchForm = (
  runId: string,
  { q = '', isRefused = false } = {},
) => html`<form class="log-search" role="search" action="${paths.runLog(runId)}" data-keep>
  <label class="unseen" for="log-q">Find in the whole log</label>
  <input type="search" id="log-q" name="q" value="${q}" placeholder="Find in the whole log" maxlength="200"
    ${isRefused ? html`aria-describedby="log-q-problem"` : ''} />
  <button>Find</button>
</form>`

/** Why it was not searched, below the form, and how to search all the same. */
export const refusedSearch = ({
  runId,
  q,
  from,
  problem,
}: RefusedSearch) => html`<p class="problem" id="log-q-problem" role="alert">${problem}</p>
  <p class="log-tools"><a class="button" href="${paths.runLog(runId, from === 0 ? { q } : { q, searchFrom: from })}">Search again</a>
    <a href="${paths.runLog(runId)}">The log itself</a></p>`

export interface RefusedSearch {
  runId: string
  q: string
  from: number
  problem: string
}

/** What was found: a line each, which leads to where it stands in the log. */
export function foundLines(reader: Reader, { runId, q, found, from }: FoundLines) {
  const { data, to, total, nextFrom } = found
  const where =
    from === 0 && nextFrom === null ? 'the whole log' : `${bytes(from)} to ${bytes(to)} of ${bytes(total)}`
  return html`<section aria-labelledby="found" class="found" id="found-lines">
    <h2 id="found">${counted(data.length, 'line')} with “${q}” <span class="dim">in ${where}</span></h2>
    ${data.length === 0 ? '' : html`<ol>${data.map((match) => html`<li>${foundLine(reader, runId, match)}</li>`)}</ol>`}
    ${
      nextFrom === null
        ? ''
        : html`<p ${data.length === 0 ? 'data-search-on' : ''}>
          <a class="button" href="${paths.runLog(runId, { q, searchFrom: nextFrom })}">Go on searching</a>
          <button type="button" hidden>Stop searching</button>
          <span class="dim" role="status">${percent(to / total)} of the log is searched</span></p>`
    }
    <p><a href="${paths.runLog(runId)}">The log itself</a></p>
  </section>`
}

export interface FoundLines {
  runId: string
  q: string
  found: LogMatches
  /** Where it was searched from. */
  from: number
}

function foundLine(reader: Reader, runId: string, { position, at, text, hit: [start, end] }: LogMatch) {
  return html`<a href="${paths.runLog(runId, { at: position })}#l${position}"><span class="at">${
    at === null ? '–' : clock(reader, at)
  }</span> <span class="text">${text.slice(0, start)}<mark>${text.slice(start, end)}</mark>${text.slice(end)}</span></a>`
}
