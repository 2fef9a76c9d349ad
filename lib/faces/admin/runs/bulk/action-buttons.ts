import { html } from 'hono/html'
import { isForAdmins } from '../../../../run/bulk.ts'
import { isAdmin, type Reader } from '../../reader.ts'
import { ACTION_WORDS, ACTIONS, isDangerous } from './action-words.ts'

/** A button for each thing that this reader may do to several runs; each leads to what it would come to. */
export const actionButtons = (reader: Reader) =>
  ACTIONS.filter((action) => isAdmin(reader) || !isForAdmins(action)).map(
    (action) =>
      html`<button name="action" value="${action}" class="${isDangerous(action) ? 'danger' : ''}">${ACTION_WORDS[action].label}…</button>`,
  )
