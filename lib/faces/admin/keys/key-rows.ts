import { html } from 'hono/html'
import type { Key, RotatableKey } from '../../../ledger/keys/keys.ts'
import type { Html } from '../page.ts'
import { table } from '../parts/blocks.ts'
import { askedAction } from '../parts/form.ts'
import { badge } from '../parts/state-badge.ts'
import { ago, time } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Keys as a table: whose, for what, how long, and when last used. */
export function keyRows(reader: Reader, keys: RotatableKey[]): Html {
  return table({
    caption: 'Keys',
    fold: true,
    columns: [
      'Key',
      'Owner',
      'May',
      'Project',
      'Made',
      'Last used',
      'Expires',
      { name: 'Actions', unseen: true },
    ],
    rows: keys.map((key) => [
      html`<strong>${key.name}</strong> ${stateOf(reader, key)} <div><code class="dim">${key.id}</code></div>`,
      key.owner,
      html`${key.scopes.map((scope) => html`<code>${scope}</code> `)}`,
      key.projectId ?? html`<span class="dim">all</span>`,
      html`${ago(reader, key.createdAt)} <div class="dim">by ${key.createdBy}</div>`,
      key.lastUsedAt === null ? html`<span class="dim">never</span>` : ago(reader, key.lastUsedAt),
      key.expiresAt === null ? html`<span class="dim">never</span>` : time(reader, key.expiresAt),
      key.revokedAt === null
        ? buttons(reader, key)
        : html`<span class="dim">revoked ${ago(reader, key.revokedAt)}</span>`,
    ]),
  })
}

function stateOf({ now, actor }: Reader, { id, revokedAt, expiresAt }: Key) {
  if (revokedAt !== null) return badge('revoked', 'bad')
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return badge('expired', 'warn')
  return actor.limitKey === id ? badge('you are signed in with it', 'calm') : ''
}

function buttons(reader: Reader, { id, name, secretProof }: RotatableKey) {
  const own =
    reader.actor.limitKey === id
      ? html` <strong>You are signed in with this key, and will have to sign in again.</strong>`
      : ''
  return html`<div class="actions">
    ${askedAction(
      reader,
      {
        to: paths.keyAction(id, 'rotate'),
        label: 'Rotate',
        subject: name,
        // Sent again, it does not rotate again.
        fields: { seen: secretProof },
      },
      html`<p>It gets a new text, shown once. The old one ends at once, and whoever uses it is refused.${own}</p>`,
    )}
    ${askedAction(
      reader,
      { to: paths.keyAction(id, 'revoke'), label: 'Revoke', tone: 'danger', subject: name },
      html`<p>The key ends for good, and each session of it. This cannot be undone.${own}</p>`,
    )}
  </div>`
}
