import { html } from 'hono/html'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { CSRF_FIELD } from '../session/csrf.ts'
import { head } from './document.ts'

export interface SignInPage {
  csrf: string
  /** Where to go on. */
  next: string
  problem: string | undefined
  theme: Reader['theme']
}

/** The only page for who is not signed in. */
export function signInPage({ csrf, next, problem, theme }: SignInPage) {
  return html`<!doctype html>
    <html lang="en" data-theme="${theme}" data-zone="UTC">
      ${head('Sign in')}
      <body class="door">
        <main id="main">
          <h1><span class="mark" aria-hidden="true"></span>Runledger</h1>
          <p class="dim">Every run, what it printed, what it left, and what becomes of it.</p>
          ${problem === undefined ? '' : html`<p class="problem" role="alert" id="problem">${problem}</p>`}
          <form method="post" action="${paths.signIn}">
            <input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />
            <input type="hidden" name="next" value="${next}" />
            <label for="key">Key</label>
            <input id="key" name="key" type="password" autocomplete="current-password" required autofocus
              spellcheck="false" placeholder="rl_…" ${problem === undefined ? '' : html`aria-describedby="problem"`} />
            <p class="hint">
              A key of this ledger. <code>npm start</code> prints the first one; an admin makes others under Keys.
            </p>
            <button class="main">Sign in</button>
          </form>
        </main>
      </body>
    </html>`
}
