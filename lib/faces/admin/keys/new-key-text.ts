import { html } from 'hono/html'
import type { NewKey } from '../../../ledger/keys/keys.ts'

/** The text of a key, in the one answer that has it. */
export const newKeyText = ({ name, key }: NewKey) =>
  html`<section class="panel once" aria-labelledby="new-text" data-keep>
    <h2 id="new-text">The text of ${name}</h2>
    <p>Copy it now: it is shown this once, and kept nowhere.</p>
    <p class="secret"><code id="key-text">${key}</code> <button type="button" class="main" data-copy="key-text" hidden>Copy</button></p>
    <p class="hint">Programs send it as <code>Authorization: Bearer …</code>; the CLI takes it from <code>RUNLEDGER_API_KEY</code>.</p>
  </section>`
