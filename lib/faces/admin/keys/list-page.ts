import { html } from 'hono/html'
import { listRotatableKeys, type NewKey } from '../../../ledger/keys/keys.ts'
import type { Form, Page, PageCall, View } from '../page.ts'
import { empty, pager, panel } from '../parts/blocks.ts'
import { paths } from '../paths.ts'
import { keyForm } from './key-form.ts'
import { keyRows } from './key-rows.ts'
import { newKeyText } from './new-key-text.ts'
import { onceFor } from './once.ts'

export const listPage: Page = {
  method: 'get',
  path: paths.keys(),
  scope: 'admin',
  handler: (call) => keysView(call),
}

export interface KeysView {
  /** A key whose text is shown, this once. */
  made?: NewKey
  /** What was typed and refused. */
  typed?: Form
  problems?: Record<string, string>
}

/** All keys, and the form for another one. */
export async function keysView({ ctx, query, reader }: PageCall, shown: KeysView = {}): Promise<View> {
  const { made, typed, problems = {} } = shown
  const { cursor } = query
  const { data, nextCursor } = await listRotatableKeys(ctx, cursor ? { cursor } : {})
  return {
    title: 'Keys',
    section: 'keys',
    ...(typed === undefined ? {} : { status: 422 }),
    body: html`<h1>Keys</h1>
      <p>A key says who somebody is, and what they may do. Only a hash of it is kept, so its text is shown once.</p>
      ${made === undefined ? '' : newKeyText(made)}
      ${panel(
        'All keys',
        data.length === 0
          ? empty(
              'There is none yet',
              'The key you came with is that of the server’s own environment, which is kept nowhere. Make one below for each person and each program.',
            )
          : html`${keyRows(reader, data)}
            ${pager({
              first: cursor ? paths.keys() : null,
              next: nextCursor === null ? null : paths.keys({ cursor: nextCursor }),
            })}`,
      )}
      ${panel('New key', keyForm(reader, { once: onceFor(ctx), typed, problems }))}`,
  }
}
