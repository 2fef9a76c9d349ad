import { html } from 'hono/html'
import type { Run } from '../../../run/run.ts'
import { bytes } from '../parts/words.ts'

const SHOWN = 65_536
const OPEN_LINES = 24

/** What a run was given; secrets stand in it by their names alone. */
export function inputView({ input }: Run) {
  if (input === null || input === undefined) return html`<p class="dim">It was given nothing.</p>`
  const text = JSON.stringify(input, null, 2)
  const isShort = text.split('\n').length <= OPEN_LINES
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}\n…` : text
  return html`<details ${isShort ? html`open` : ''} id="input-json">
    <summary>${bytes(Buffer.byteLength(text))} of JSON</summary>
    <pre class="json" tabindex="0" role="group" aria-label="Input">${shown}</pre>
  </details>`
}
