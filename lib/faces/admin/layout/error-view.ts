import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { toProblem } from '../../../http/problem.ts'
import type { View } from '../page.ts'
import { paths } from '../paths.ts'

/** An error as a page: what happened, what to do, what to tell whoever runs this, and the way back to where a form was sent from. */
export function errorView(error: unknown, requestId: string, from?: string): View {
  const { title, detail, status, errors = [] } = toProblem(error, requestId)
  return {
    title,
    section: 'overview',
    status: status as ContentfulStatusCode,
    body: html`<div class="empty">
      <h1>${title}</h1>
      <p>${detail}</p>
      ${errors.length < 2 ? '' : html`<ul>${errors.map(({ path, message }) => html`<li><code>${path}</code> ${message}</li>`)}</ul>`}
      <p class="dim">Request <code>${requestId}</code></p>
      ${from === undefined ? '' : html`<p><a href="${from}">Back to the page, loaded anew</a></p>`}
      <p><a href="${paths.home}">To the overview</a></p>
    </div>`,
  }
}
