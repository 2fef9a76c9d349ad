import { html } from 'hono/html'
import { BUILTINS } from '../../../ledger/cron/builtins.ts'
import { choice, field } from '../parts/form.ts'
import type { TypedJob } from './typed-job.ts'

const TYPES = [
  ['enqueue', 'A run', 'It is put into the queue, and a worker does it. The execution takes its outcome.'],
  ['http', 'A call', 'A signed POST to a URL; an answer of 2xx is a success.'],
  ['builtin', 'Something of the program', 'What the ledger can do by itself.'],
] as const

/** What a job does: one of three kinds, each with its own fields, of which the sheet shows those that are chosen. */
export function actionFields(typed: TypedJob, problems: Record<string, string>) {
  const of = (name: keyof TypedJob) => ({ name, value: typed[name], problem: problems[name] })
  return html`<fieldset class="types">
      <legend>The job makes</legend>
      ${TYPES.map(
        ([type, label, hint]) => html`<div class="tick">
          <input type="radio" id="type-${type}" name="type" value="${type}" ${typed.type === type ? html`checked` : ''} aria-describedby="type-${type}-hint" />
          <label for="type-${type}">${label}</label>
          <p class="hint" id="type-${type}-hint">${hint}</p>
        </div>`,
      )}
    </fieldset>
    <fieldset class="of-enqueue">
      <legend>The run</legend>
      <div class="fields top">
        ${field({ ...of('kind'), label: 'Kind', placeholder: 'report.send', hint: 'What a worker knows how to do.' })}
        ${field({ ...of('projectId'), label: 'Project', hint: 'Whose run it is. Empty: no project’s.' })}
        ${field({ ...of('runName'), label: 'Name of the run', hint: 'Empty: its kind.' })}
      </div>
      ${field({ ...of('input'), label: 'Input (JSON)', type: 'textarea', placeholder: '{"day": "yesterday"}', hint: html`No secrets: <code>{"$secret": "name"}</code> stands for one.` })}
      <div class="fields top">
        ${field({ ...of('priority'), label: 'Priority', type: 'number', min: 0, max: 3, hint: '3 is taken first, 0 last.' })}
        ${field({ ...of('maxAttempts'), label: 'Attempts at most', type: 'number', min: 1, hint: 'A worker tries as often.' })}
        ${field({ ...of('runTimeout'), label: 'Ended after (seconds)', type: 'number', min: 1, hint: 'Empty: no limit of its own.' })}
      </div>
      ${field({ ...of('labels'), label: 'Labels', type: 'textarea', placeholder: 'team: data', hint: 'A line each.' })}
    </fieldset>
    <fieldset class="of-http">
      <legend>The call</legend>
      ${field({ ...of('url'), label: 'URL', placeholder: 'https://example.com/nightly', hint: 'Of a public address. It is signed as webhooks are (Standard Webhooks).' })}
      ${field({ ...of('headers'), label: 'Headers', type: 'textarea', placeholder: 'X-Team: data', hint: 'A line each. No secrets: whoever sees the job sees them.' })}
      ${field({ ...of('body'), label: 'Body (JSON)', type: 'textarea', hint: 'Empty: the facts of the execution.' })}
    </fieldset>
    <fieldset class="of-builtin">
      <legend>Of the program</legend>
      ${choice({
        ...of('builtin'),
        label: 'Does',
        options: Object.keys(BUILTINS).map((name): [string, string] => [name, wordsOf(name)]),
      })}
    </fieldset>`
}

/** `cleanupOldRuns`: cleanup old runs */
const wordsOf = (name: string) =>
  `${name}: ${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`
