import { html } from 'hono/html'
import type { Html } from '../page.ts'

type Cell = Html | string | number

interface Panel {
  /** Default: made of the title. */
  id?: string
  aside?: Cell
  /** Its heading takes the focus, where an address ends with its id. */
  isGoal?: boolean
}

/** A part of a page with its heading. */
export function panel(title: string, body: Cell, { id, aside, isGoal = false }: Panel = {}) {
  const name = id ?? title.toLowerCase().replaceAll(/\W+/g, '-')
  return html`<section class="panel" aria-labelledby="${name}">
    <div class="panel-head"><h2 id="${name}" ${isGoal ? html`tabindex="-1"` : ''}>${title}</h2>${aside ?? ''}</div>
    ${body}
  </section>`
}

/** What stands where there is nothing: why, and what to do. */
export const empty = (title: string, hint: Cell = '') =>
  html`<div class="empty"><p><strong>${title}</strong></p>${hint === '' ? '' : html`<p class="dim">${hint}</p>`}</div>`

/** Names and values. */
export const facts = (pairs: [name: string, value: Cell][]) =>
  html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/** One number that matters, and what it is of. */
export const figure = (label: string, value: Cell, note: Cell = '') =>
  html`<div class="figure"><dt>${label}</dt><dd>${value}</dd>${note === '' ? '' : html`<dd class="note">${note}</dd>`}</div>`

export const figures = (all: Html[]) => html`<dl class="figures">${all}</dl>`

/** A table that scrolls sideways by itself on a small screen, or folds its rows into cards. */
export function table({
  caption,
  columns,
  rows,
  below = [],
  fold = false,
}: {
  /** Read out, and not shown. */
  caption: string
  columns: (string | { name: string; right?: boolean; unseen?: boolean })[]
  rows: Cell[][]
  /** What stands below a row over its whole width, by the number of the row; undefined: nothing. */
  below?: (Cell | undefined)[]
  /** On a small screen each row is a card with the names of its values. */
  fold?: boolean
}) {
  const heads = columns.map((one) => ({
    right: false,
    unseen: false,
    ...(typeof one === 'string' ? { name: one } : one),
  }))
  return html`<div class="scroll" role="group" aria-label="${caption}" tabindex="0">
    <table ${fold ? html`class="fold"` : ''}>
      <caption class="unseen">${caption}</caption>
      <thead><tr>${heads.map(({ name, right, unseen }) => html`<th scope="col" ${right ? html`class="right"` : ''}>${unseen ? html`<span class="unseen">${name}</span>` : name}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(
          (cells, at) =>
            html`<tr>${cells.map((cell, n) => html`<td data-label="${heads[n]?.unseen ? '' : (heads[n]?.name ?? '')}" ${heads[n]?.right ? html`class="right"` : ''}>${cell}</td>`)}</tr>
            ${below[at] === undefined ? '' : html`<tr class="below"><td colspan="${heads.length}">${below[at]}</td></tr>`}`,
        )}
      </tbody>
    </table>
  </div>`
}

/** To the pages before and after. */
export function pager({ first, next }: { first: string | null; next: string | null }) {
  if (first === null && next === null) return ''
  return html`<nav class="pager" aria-label="Pages">
    ${first === null ? '' : html`<a href="${first}" rel="first">To the newest</a>`}
    ${next === null ? '' : html`<a href="${next}" rel="next">Older</a>`}
  </nav>`
}
