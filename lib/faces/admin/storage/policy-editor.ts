import { html } from 'hono/html'
import { FINAL_STATES } from '../../../run/transitions.ts'
import { panel } from '../parts/blocks.ts'
import { csrfField, field } from '../parts/form.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import {
  blankRule,
  fieldName,
  RULE_FIELDS,
  type RuleField,
  type TypedProblem,
  type TypedRule,
} from './typed-rules.ts'

/** What the editor holds. */
export interface Editing {
  typed: TypedRule[]
  /** The revision that it is made from. */
  revision: number
  reason?: string | undefined
  /** The day it is simulated for, as it was typed. */
  day?: string | undefined
  problems?: TypedProblem[]
  /** What is wrong with all of it. */
  problem?: string | undefined
  /** What was counted so far, where time ran out. */
  soFar?: string | undefined
}

const NAMES: Record<RuleField, string> = {
  kind: 'Kind',
  projectId: 'Project',
  state: 'State',
  archiveAfterDays: 'Archive after',
  deleteAfterDays: 'Delete after',
  deleteGraceDays: 'Grace',
  deletionStrategy: 'Deletion',
  keepLast: 'Keep last',
}
const HINTS: Partial<Record<RuleField, string>> = {
  kind: 'any',
  projectId: 'any',
  archiveAfterDays: 'days',
  deleteAfterDays: 'days',
  deleteGraceDays: 'days',
  keepLast: 'runs',
}
const OPTIONS: Partial<Record<RuleField, [string, string][]>> = {
  state: [['', 'any'], ...FINAL_STATES.map((state): [string, string] => [state, state])],
  deletionStrategy: [
    ['', '–'],
    ['soft', 'softly'],
    ['hard', 'for good'],
  ],
}
/** Lines to fill in, besides those that are there. */
const BLANK = 2

/** The rules as fields, to be simulated before they are saved: whatever was typed is still there. */
export function policyEditor(reader: Reader, editing: Editing) {
  const { typed, revision, reason, day, problems = [], problem, soFar } = editing
  const blank = Math.max(0, BLANK - typed.filter(isBlank).length)
  const rows = [...typed, ...Array.from({ length: blank }, blankRule)]
  return panel(
    'Edit and simulate',
    html`<form method="post" action="${paths.policies()}" class="editor">
      ${csrfField(reader)}
      <input type="hidden" name="revision" value="${revision}" />
      <input type="hidden" name="rows" value="${rows.length}" />
      ${soFar === undefined ? '' : html`<input type="hidden" name="soFar" value="${soFar}" />`}
      ${problem === undefined ? '' : html`<p class="problem" role="alert">${problem}</p>`}
      ${problems.map(
        ({ row, field: name, message }) =>
          html`<p class="problem" role="alert" id="${fieldName(row, name)}-problem">Rule ${row + 1}, ${NAMES[name].toLowerCase()}: ${message}</p>`,
      )}
      <div class="scroll" role="group" aria-label="Rules to edit" tabindex="0">
        <table>
          <caption class="unseen">Rules to edit</caption>
          <thead><tr>${RULE_FIELDS.map((name) => html`<th scope="col">${NAMES[name]}</th>`)}<th scope="col">Remove</th></tr></thead>
          <tbody>${rows.map((rule, row) => ruleRow(rule, row, problems))}</tbody>
        </table>
      </div>
      <p class="hint">
        Empty: the rule does not say so, or is for any. Days may be <code>never</code>; <code>-</code> as project is the runs
        of no project. What is wrong is told; nothing is lost.
        <button name="do" value="add" formaction="${paths.policiesSimulated}" formnovalidate class="quiet">Add more lines</button>
      </p>
      <div class="fields">
        ${field({ label: 'Simulate for', name: 'day', type: 'date', value: day, hint: 'a day (UTC); empty: now' })}
        ${field({ label: 'Reason of the change', name: 'reason', value: reason, required: true, hint: 'kept with the revision, and in the audit' })}
      </div>
      <div class="actions">
        <button class="main" name="do" value="simulate" formaction="${paths.policiesSimulated}" formnovalidate>Simulate</button>
        ${soFar === undefined ? '' : html`<button name="do" value="on" formaction="${paths.policiesSimulated}" formnovalidate>Go on counting</button>`}
        <button class="danger" name="do" value="save">Save: in force from the next sweep on</button>
      </div>
    </form>`,
    { id: 'editor' },
  )
}

const isBlank = ({ values }: TypedRule) => RULE_FIELDS.every((name) => values[name] === '')

function ruleRow({ values, isRemoved }: TypedRule, row: number, problems: TypedProblem[]) {
  return html`<tr>
    ${RULE_FIELDS.map((name) => {
      const wrong = problems.some((one) => one.row === row && one.field === name)
      return html`<td>${cell({ row, name, value: values[name], wrong })}</td>`
    })}
    <td class="remove">
      <input type="checkbox" name="${fieldName(row, 'remove')}" value="yes" aria-label="Remove rule ${row + 1}"
        ${isRemoved ? html`checked` : ''} />
    </td>
  </tr>`
}

interface Cell {
  row: number
  name: RuleField
  value: string
  wrong: boolean
}

function cell({ row, name, value, wrong }: Cell) {
  const attributes = html`name="${fieldName(row, name)}" aria-label="${NAMES[name]} of rule ${row + 1}"
    ${wrong ? html`aria-invalid="true" aria-describedby="${fieldName(row, name)}-problem"` : ''}`
  const options = OPTIONS[name]
  if (options === undefined)
    return html`<input type="text" value="${value}" placeholder="${HINTS[name] ?? ''}" ${attributes} />`
  return html`<select ${attributes}>
    ${options.map(([one, words]) => html`<option value="${one}" ${one === value ? html`selected` : ''}>${words}</option>`)}
  </select>`
}
