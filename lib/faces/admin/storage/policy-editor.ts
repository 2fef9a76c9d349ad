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
/** What a simulation has shown, or what is wrong: the answer's address ends with it, so that a reader need not look for it. */
export const ANSWER = 'simulated'
const SIMULATED = `${paths.policiesSimulated}#${ANSWER}`

/** The rules as fields, to be simulated before they are saved: whatever was typed is still there. */
export function policyEditor(reader: Reader, editing: Editing) {
  const { typed, revision, reason, day, problems = [], problem, soFar } = editing
  const blank = Math.max(0, BLANK - typed.filter(isBlank).length)
  const rows = [...typed, ...Array.from({ length: blank }, blankRule)]
  return panel(
    'Edit and simulate',
    html`<form method="post" action="${paths.policies()}#${ANSWER}" class="editor">
      ${csrfField(reader)}
      <input type="hidden" name="revision" value="${revision}" />
      <input type="hidden" name="rows" value="${rows.length}" />
      ${soFar === undefined ? '' : html`<input type="hidden" name="soFar" value="${soFar}" />`}
      ${wrong(problem, problems)}
      <div class="scroll" role="group" aria-label="Rules to edit" tabindex="0">
        <table class="fold">
          <caption class="unseen">Rules to edit</caption>
          <thead><tr>${RULE_FIELDS.map((name) => html`<th scope="col">${NAMES[name]}</th>`)}<th scope="col">Remove</th></tr></thead>
          <tbody>${rows.map((rule, row) => ruleRow(rule, row, problems))}</tbody>
        </table>
      </div>
      <p class="hint">
        Empty: the rule does not say so, or is for any. Days may be <code>never</code>; <code>-</code> as project is the runs
        of no project.
        <button name="do" value="add" formaction="${paths.policiesSimulated}#editor" formnovalidate class="quiet">Add more lines</button>
      </p>
      <div class="fields">
        ${field({ label: 'Simulate for', name: 'day', type: 'date', value: day, hint: 'a day (UTC); empty: now' })}
        ${field({ label: 'Reason of the change', name: 'reason', value: reason, required: true, hint: 'kept with the revision, and in the audit' })}
      </div>
      <div class="actions">
        <button class="main" name="do" value="simulate" formaction="${SIMULATED}" formnovalidate>Simulate</button>
        ${soFar === undefined ? '' : html`<button name="do" value="on" formaction="${SIMULATED}" formnovalidate>Go on counting</button>`}
        <button class="danger" name="do" value="save">Save: in force from the next sweep on</button>
      </div>
    </form>`,
    { id: 'editor', isGoal: true },
  )
}

function wrong(problem: string | undefined, problems: TypedProblem[]) {
  if (problem === undefined && problems.length === 0) return ''
  return html`<div id="${ANSWER}" tabindex="-1" role="alert">
    ${problem === undefined ? '' : html`<p class="problem">${problem}</p>`}
    ${problems.map(
      ({ row, field: name, message }) =>
        html`<p class="problem" id="${fieldName(row, name)}-problem">Rule ${row + 1}, ${NAMES[name].toLowerCase()}: ${message}</p>`,
    )}
  </div>`
}

const isBlank = ({ values }: TypedRule) => RULE_FIELDS.every((name) => values[name] === '')

function ruleRow({ values, isRemoved }: TypedRule, row: number, problems: TypedProblem[]) {
  return html`<tr>
    ${RULE_FIELDS.map((name) => {
      const isWrong = problems.some((one) => one.row === row && one.field === name)
      return html`<td data-label="${NAMES[name]}">${cell({ row, name, value: values[name], isWrong })}</td>`
    })}
    <td class="remove" data-label="Remove">
      <input type="checkbox" name="${fieldName(row, 'remove')}" value="yes" aria-label="Remove rule ${row + 1}"
        ${isRemoved ? html`checked` : ''} />
    </td>
  </tr>`
}

interface Cell {
  row: number
  name: RuleField
  value: string
  isWrong: boolean
}

function cell({ row, name, value, isWrong }: Cell) {
  const attributes = html`name="${fieldName(row, name)}" aria-label="${NAMES[name]} of rule ${row + 1}"
    ${isWrong ? html`aria-invalid="true" aria-describedby="${fieldName(row, name)}-problem"` : ''}`
  const options = OPTIONS[name]
  if (options === undefined)
    return html`<input type="text" value="${value}" placeholder="${HINTS[name] ?? ''}" ${attributes} />`
  return html`<select ${attributes}>
    ${options.map(([one, words]) => html`<option value="${one}" ${one === value ? html`selected` : ''}>${words}</option>`)}
  </select>`
}
