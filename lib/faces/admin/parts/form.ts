import { html } from 'hono/html'
import type { Html } from '../page.ts'
import type { Reader } from '../reader.ts'
import { CSRF_FIELD } from '../session/csrf.ts'

/** What every form of ours carries. */
export const csrfField = ({ csrf }: Reader) =>
  html`<input type="hidden" name="${CSRF_FIELD}" value="${csrf}" />`

export interface Action {
  /** Where it is sent. */
  to: string
  label: string
  /** Hidden fields. */
  fields?: Record<string, string>
  tone?: 'main' | 'danger' | 'quiet'
  /** Of what, where there are several such buttons: read out, and not shown. */
  subject?: string
}

export interface AskedAction extends Action {
  /** On the button that does it, so that it does not read as the one that asked. Default: `Yes, cancel` where the label is `Cancel`. */
  confirm?: string
}

/** One button that does one thing. */
export function actionButton(reader: Reader, { to, label, fields = {}, tone, subject }: Action) {
  return html`<form method="post" action="${to}" class="inline">
    ${csrfField(reader)} ${hiddenFields(fields)}
    <button ${tone === undefined ? '' : html`class="${tone}"`}>${label}${ofWhat(subject)}</button>
  </form>`
}

/** A button that first opens what it asks, a reason or what it will do: nothing that hurts is one click away. */
export function askedAction(
  reader: Reader,
  { to, label, fields = {}, tone, subject, confirm = yes(label) }: AskedAction,
  asked: Html,
) {
  // Of the same name: where one is opened, the one before is closed.
  return html`<details class="asked" name="asked">
    <summary class="button ${tone ?? ''}">${label}${ofWhat(subject)}</summary>
    <form method="post" action="${to}" class="card">
      ${csrfField(reader)} ${hiddenFields(fields)} ${asked}
      <button class="${tone ?? 'main'}">${confirm}</button>
    </form>
  </details>`
}

/** Agrees to what is asked, in its words. */
export const yes = (label: string) => `Yes, ${label.charAt(0).toLowerCase()}${label.slice(1)}`

const ofWhat = (subject: string | undefined) =>
  subject === undefined ? '' : html`<span class="unseen"> ${subject}</span>`

const hiddenFields = (fields: Record<string, string>) =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)

export interface Field {
  label: string
  name: string
  /** Default: made of the name; where a page has several fields of that name, another one each. */
  id?: string
  /** Default: a line of text. */
  type?: 'text' | 'number' | 'date' | 'datetime-local' | 'search' | 'textarea'
  value?: string | undefined
  hint?: Html | string
  /** What is wrong with it. */
  problem?: string | undefined
  required?: boolean
  placeholder?: string
  /** Attributes of its own, such as `min`. */
  min?: number
  max?: number
}

/** A labelled field with its hint and what is wrong with it. */
export function field(one: Field) {
  const { label, name, type = 'text', value = '', hint, problem, required, placeholder = '', min, max } = one
  const { id = `field-${name}` } = one
  const noted = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`]
  const attributes = html`id="${id}" name="${name}" placeholder="${placeholder}" ${required ? html`required` : ''}
    ${problem === undefined ? '' : html`aria-invalid="true"`} ${min === undefined ? '' : html`min="${min}"`}
    ${max === undefined ? '' : html`max="${max}"`}
    ${noted.join('') === '' ? '' : html`aria-describedby="${noted.join(' ').trim()}"`}`
  return html`<div class="field">
    <label for="${id}">${label}</label>
    ${
      type === 'textarea'
        ? html`<textarea ${attributes} rows="4">${value}</textarea>`
        : html`<input type="${type}" value="${value}" ${attributes} />`
    }
    ${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${problem === undefined ? '' : html`<p class="problem" id="${id}-problem">${problem}</p>`}
  </div>`
}

export interface Choice {
  label: string
  name: string
  /** As of a field. */
  id?: string
  value: string
  /** Value and words. */
  options: [value: string, words: string][]
  hint?: Html | string
  /** What is wrong with it. */
  problem?: string | undefined
}

/** A labelled list to choose one of. */
export function choice({ label, name, value, options, hint, problem, id = `field-${name}` }: Choice) {
  const noted = [hint === undefined ? '' : `${id}-hint`, problem === undefined ? '' : `${id}-problem`]
  return html`<div class="field">
    <label for="${id}">${label}</label>
    <select id="${id}" name="${name}" ${problem === undefined ? '' : html`aria-invalid="true"`}
      ${noted.join('') === '' ? '' : html`aria-describedby="${noted.join(' ').trim()}"`}>
      ${options.map(
        ([one, words]) =>
          html`<option value="${one}" ${one === value ? html`selected` : ''}>${words}</option>`,
      )}
    </select>
    ${hint === undefined ? '' : html`<p class="hint" id="${id}-hint">${hint}</p>`}
    ${problem === undefined ? '' : html`<p class="problem" id="${id}-problem">${problem}</p>`}
  </div>`
}
