import { html } from 'hono/html'
import type { View } from '../page.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import type { Said } from '../session/cookies.ts'
import { navigation } from './navigation.ts'

/** A whole page: the bar on top, what the page before had to say, and the page. */
export function document(
  { title, section, body, refresh, live }: View,
  { reader, said, path }: { reader: Reader | null; said: Said | null; path: string },
) {
  return html`<!doctype html>
    <html lang="en" data-theme="${reader?.theme ?? 'system'}" data-zone="${reader?.zone ?? 'UTC'}">
      ${head(title)}
      <body>
        <a class="skip" href="#main">Skip to the page</a>
        ${reader === null ? '' : navigation(reader, section)}
        ${said === null ? '' : html`<p class="said ${said.isRefusal ? 'refused' : ''}" role="status">${said.text}</p>`}
        <main id="main" tabindex="-1" ${refresh === undefined ? '' : html`data-live="${paths.live(live ?? path)}"`}>
          ${body}
        </main>
      </body>
    </html>`
}

/** What every page begins with. */
export function head(title: string) {
  return html`<head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Runledger</title>
    <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/assets/dashboard.css" />
    <script type="module" src="/assets/dashboard.js"></script>
  </head>`
}
