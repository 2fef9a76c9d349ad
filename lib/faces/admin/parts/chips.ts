import { html } from 'hono/html'
import type { Html } from '../page.ts'

/** A filter that is one click away. */
export interface Chip {
  href: string
  words: Html | string
  /** Whether it is what is shown now. */
  isNow: boolean
  /** Says more of it. */
  title?: string
}

/** Filters beside each other, one of which is what is shown. */
export const chips = (label: string, all: Chip[]) => html`<ul class="chips" aria-label="${label}">
  ${all.map(
    ({ href, words, isNow, title }) =>
      html`<li><a href="${href}" ${title === undefined ? '' : html`title="${title}"`} ${isNow ? html`aria-current="true"` : ''}>${words}</a></li>`,
  )}
</ul>`
