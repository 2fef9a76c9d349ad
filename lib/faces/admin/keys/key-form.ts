import { html } from 'hono/html'
import { Scope } from '../../../ports/actor.ts'
import type { Form } from '../page.ts'
import { csrfField, field } from '../parts/form.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { ANSWER } from './new-key-text.ts'

/** What each scope lets somebody do. */
const SCOPE_WORDS: Record<Scope, string> = {
  'runs:read': 'Sees runs, their logs and outputs. For people who look, and for monitoring.',
  'runs:write': 'Enqueues, cancels and retries runs. For what starts work.',
  'runs:work': 'Claims and starts runs, writes their logs and outputs, ends them. For workers and scripts.',
  admin: 'Everything, and cron, storage, audit and keys. For few.',
}

export interface KeyForm {
  /** Makes one key, however often the form is sent. */
  once: string
  typed: Form | undefined
  problems: Record<string, string>
}

/** The form for another key; with what was typed and what is wrong with it. */
export function keyForm(reader: Reader, { once, typed, problems }: KeyForm) {
  const chosen = typed?.all('scopes') ?? ['runs:read']
  const of = (name: string) => ({ name, value: typed?.get(name), problem: problems[name] })
  return html`<form method="post" action="${paths.keys()}#${ANSWER}">
    ${csrfField(reader)} <input type="hidden" name="once" value="${once}" />
    ${Object.keys(problems).length === 0 ? '' : html`<p class="problem" role="alert" id="${ANSWER}" tabindex="-1">No key was made: see below what is wrong.</p>`}
    <div class="fields top">
      ${field({ ...of('name'), label: 'Name', required: true, placeholder: 'nightly reports', hint: 'What it is for.' })}
      ${field({ ...of('owner'), label: 'Owner', hint: 'Whose name stands in events and in the audit. Empty: the name.' })}
      ${field({ ...of('projectId'), label: 'Project', hint: 'It sees that project alone. Empty: all of them. An admin key has none.' })}
      ${field({ ...of('expiresAt'), label: 'Last day', type: 'date', hint: 'It ends with that day. Empty: it does not expire.' })}
    </div>
    <fieldset ${problems.scopes === undefined ? '' : html`aria-describedby="scopes-problem"`}>
      <legend>What it may do</legend>
      ${Scope.options.map(
        (scope) => html`<div class="tick">
          <input type="checkbox" id="scope-${scope}" name="scopes" value="${scope}" ${chosen.includes(scope) ? html`checked` : ''} aria-describedby="scope-${scope}-hint" />
          <label for="scope-${scope}"><code>${scope}</code></label>
          <p class="hint" id="scope-${scope}-hint">${SCOPE_WORDS[scope]}</p>
        </div>`,
      )}
      ${problems.scopes === undefined ? '' : html`<p class="problem" id="scopes-problem">${problems.scopes}</p>`}
    </fieldset>
    <button class="main">Make the key</button>
  </form>`
}
