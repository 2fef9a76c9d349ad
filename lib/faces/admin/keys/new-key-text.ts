import { html } from 'hono/html'
import type { NewKey } from '../../../ledger/keys/keys.ts'

/** Ends the address of what a form for a key is answered: the new text, or what is wrong. */
export const ANSWER = 'answer'

/** The text of a key, in the one answer that has it. */
export const newKeyText = ({ name, key }: NewKey) =>
  html`<section class="panel once" aria-labelledby="${ANSWER}" data-keep>
    <h2 id="${ANSWER}" tabindex="-1">The text of ${name}</h2>
    <p>Copy it now: it is shown this once, and kept nowhere.</p>
    <p class="secret"><code id="key-text">${key}</code> <button type="button" class="main" data-copy="key-text" hidden>Copy</button></p>
    <p class="hint">Programs send it as <code>Authorization: Bearer …</code>; the CLI takes it from <code>RUNLEDGER_API_KEY</code>.</p>
  </section>`
