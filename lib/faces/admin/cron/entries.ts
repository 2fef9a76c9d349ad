import { html } from 'hono/html'
import { type Issue, isLedgerError, LedgerError } from '../../../run/errors.ts'
import type { Form, Html } from '../page.ts'

/** What somebody typed, read as what a verb takes; undefined is what was left empty. What cannot be read is noted. */
export class Entries {
  readonly issues: Issue[] = []
  readonly form: Form

  constructor(form: Form) {
    this.form = form
  }

  number(name: string): number | undefined {
    const text = this.form.get(name)
    if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? text : Number(text)
    return this.refuse(name, 'must be a whole number')
  }

  /** Typed in seconds. */
  milliseconds(name: string): number | undefined {
    const text = this.form.get(name)
    if (text === undefined) return undefined
    if (/^\d{1,9}(\.\d{1,3})?$/.test(text)) return Math.round(Number(text) * 1_000)
    return this.refuse(name, 'must be a number of seconds, such as 120')
  }

  json(name: string): unknown {
    const text = this.form.get(name)
    if (text === undefined) return undefined
    try {
      return JSON.parse(text)
    } catch {
      return this.refuse(name, 'is no JSON; an example: {"day": "today"}')
    }
  }

  /** A line each, `name: value`. */
  lines(name: string): Record<string, string> {
    const pairs: [string, string][] = []
    for (const line of (this.form.get(name) ?? '').split(/\r?\n/).filter((one) => one.trim() !== '')) {
      const [, key, value] = /^([^:]+):(.*)$/.exec(line) ?? []
      if (key === undefined || value === undefined)
        this.refuse(name, 'must be a line each, such as team: data')
      else pairs.push([key.trim(), value.trim()])
    }
    return Object.fromEntries(pairs)
  }

  /** Throws `invalid` where something could not be read. */
  throwIfWrong(): void {
    const [first] = this.issues
    if (first) throw new LedgerError('invalid', `${first.path} ${first.message}`, { issues: this.issues })
  }

  private refuse(path: string, message: string): undefined {
    this.issues.push({ path, message })
  }
}

/** By field, what is wrong with it. `fieldOf`: under which name the form has what an issue is of. */
export function problemsOf(
  error: unknown,
  fieldOf: (path: string) => string = (path) => path,
): Record<string, string> {
  const issues = isLedgerError(error) ? error.issues : []
  return Object.fromEntries(issues.toReversed().map(({ path, message }) => [fieldOf(path), message]))
}

/** A labelled box to tick. */
export const checkbox = (one: { name: string; label: string; isChecked: boolean; hint?: Html | string }) =>
  html`<div class="field tick">
    <input type="checkbox" id="field-${one.name}" name="${one.name}" value="yes" ${one.isChecked ? html`checked` : ''}
      ${one.hint === undefined ? '' : html`aria-describedby="field-${one.name}-hint"`} />
    <label for="field-${one.name}">${one.label}</label>
    ${one.hint === undefined ? '' : html`<p class="hint" id="field-${one.name}-hint">${one.hint}</p>`}
  </div>`
