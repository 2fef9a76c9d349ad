import { html } from 'hono/html'
import type { Html } from '../page.ts'
import { paths } from '../paths.ts'

const PLACES = {
  storage: ['Storage', paths.storage],
  sweeps: ['Sweeps', paths.sweeps()],
  policies: ['Policies', paths.policies()],
  holds: ['Holds', paths.holds()],
  deleted: ['Recently deleted', paths.deletedRuns()],
  orphans: ['Orphans', paths.orphans()],
  backups: ['Backups', paths.backups],
} as const

/** What every page of this part begins with: its title, and the way to the others. */
export const storageFrame = (title: Html | string, at: keyof typeof PLACES, body: Html) =>
  html`<h1>${title}</h1>
    <nav class="tabs" aria-label="Storage">
      <ul>
        ${Object.entries(PLACES).map(
          ([place, [label, href]]) =>
            html`<li><a href="${href}" ${place === at ? html`aria-current="page"` : ''}>${label}</a></li>`,
        )}
      </ul>
    </nav>
    <div class="storage-cards">${body}</div>`
