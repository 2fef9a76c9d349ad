import { html } from 'hono/html'
import { RunId } from '../../../run/ids.ts'
import { describeRule, RetentionRules } from '../../../run/retention-policy.ts'
import type { Sweep } from '../../../run/sweep.ts'
import { facts, panel, table } from '../parts/blocks.ts'
import { badge } from '../parts/state-badge.ts'
import { time, withTimes } from '../parts/times.ts'
import { bytes, counted, duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { ruleInWords } from './rule-words.ts'
import { countsOf, inWords, plannedOf, SWEEP_WORDS, sweepBadge } from './sweep-words.ts'

/** One pass: what there was to do, what was done, and what went wrong. */
export function sweepDetails(reader: Reader, sweep: Sweep) {
  const { id, kind, dryRun, status, startedAt, durationMs, requestedBy, more } = sweep
  const moved: [string, string][] = sweep.bytes === 0 ? [] : [['Bytes', bytes(sweep.bytes)]]
  return html`${panel(
    'The sweep',
    html`<p>${SWEEP_WORDS[kind]}. ${dryRun ? 'This one only looked, and touched nothing.' : ''}</p>
      ${facts([
        ['Status', html`${sweepBadge(sweep)} ${dryRun ? badge('dry run', 'calm') : ''}`],
        ['Began', time(reader, startedAt)],
        ['Took', durationMs === null ? (status === 'running' ? 'it is at work' : '–') : duration(durationMs)],
        ['By', requestedBy],
        ['Planned', plannedOf(sweep) ?? '–'],
        ...moved,
        ['More remains', more ? 'yes, the next sweep goes on' : 'no'],
        ['Sweep', html`<code>${id}</code>`],
      ])}`,
  )}
  <div class="columns">${donePanel(sweep)} ${errorsPanel(reader, sweep)}</div>
  <div class="columns">${planPanel(reader, sweep)} ${policyPanel(sweep)}</div>`
}

function donePanel(sweep: Sweep) {
  const counts = countsOf(sweep)
  return panel(
    'Done',
    counts.length === 0
      ? html`<p class="dim">Nothing.</p>`
      : facts(counts.map(([name, n]) => [capital(name), n])),
  )
}

function errorsPanel(reader: Reader, { errors }: Sweep) {
  if (errors.length === 0) return panel('Errors', html`<p class="dim">Nothing went wrong.</p>`)
  return panel(
    'Errors',
    table({
      caption: 'What went wrong, by item',
      fold: true,
      columns: ['Item', 'What'],
      rows: errors.map(({ item, message }) => [itemOf(item), withTimes(reader, message)]),
    }),
  )
}

function itemOf(item: string | null) {
  if (item === null) return html`<span class="dim">the sweep</span>`
  const isRun = RunId.safeParse(item).success
  return isRun
    ? html`<a href="${paths.run(item)}"><code class="id">${item}</code></a>`
    : html`<code>${item}</code>`
}

/** The plan as it was written; what is said above is left out. */
function planPanel(reader: Reader, { plan }: Sweep) {
  const some = Object.entries(plan).filter(([name, value]) => !SAID.has(name) && value !== null)
  if (some.length === 0) return ''
  return panel(
    'Plan',
    facts(
      some.map(([name, value]) => [PLAN_NAMES[name] ?? capital(inWords(name)), wordsOf(reader, name, value)]),
    ),
  )
}

const PLAN_NAMES: Record<string, string> = {
  cutoff: 'Due at',
  most: 'By itself it may delete',
  isWhole: 'All was counted',
  approvedBy: 'Let through as sweep',
}
const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`

const SAID = new Set(['sample', 'runs', 'bytes', 'kinds'])

function wordsOf(reader: Reader, name: string, value: unknown) {
  if (name === 'isWhole') return value === true ? 'yes' : 'no, time ran out'
  if (name === 'most' && typeof value === 'number') return counted(value, 'run')
  return typeof value === 'object'
    ? html`<code>${JSON.stringify(value)}</code>`
    : withTimes(reader, String(value))
}

/** The policy as it stood when the sweep began. */
function policyPanel({ policy }: Sweep) {
  const { rules, defaults, ...rest } = policy
  const parsed = RetentionRules.safeParse(rules)
  const some = Object.entries({ ...rest, ...(isTerms(defaults) ? defaults : {}) })
  if (some.length === 0 && !parsed.success) return ''
  return panel(
    'Policy as it stood',
    html`${facts(some.map(([name, value]) => [capital(inWords(name)), html`<code>${show(value)}</code>`]))}
    ${
      parsed.success && parsed.data.length > 0
        ? table({
            caption: 'Rules as they stood',
            columns: ['For', 'Says'],
            rows: parsed.data.map((rule) => [describeRule(rule), ruleInWords(rule)]),
          })
        : ''
    }`,
  )
}

const isTerms = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const show = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
