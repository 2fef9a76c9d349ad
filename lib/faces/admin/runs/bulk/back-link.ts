import { html } from 'hono/html'
import { paths } from '../../paths.ts'

/** Where runs were ticked: the list, the overview, and nowhere else. It goes into a header: nothing that cannot stand there. */
export function backOf(text: string | undefined): string {
  const isOurs = text !== undefined && (text === paths.home || /^\/admin\/runs(\?[!-~]*)?$/.test(text))
  return isOurs ? text : paths.runs()
}

export const backLink = (back: string) =>
  html`<a href="${back}">Back to ${back === paths.home ? 'the overview' : 'the runs'}</a>`
