import { html } from 'hono/html'
import type { SimulatedPolicies } from '../../../ledger/retention/simulate-policies.ts'
import type { Amount, PlannedRun, RetentionPlan } from '../../../run/retention-plan.ts'
import type { VerdictRule } from '../../../run/retention-verdict.ts'
import { panel, table } from '../parts/blocks.ts'
import { time, withTimes } from '../parts/times.ts'
import { bytes, count, counted } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { ANSWER } from './policy-editor.ts'

const KINDS_SHOWN = 20
const NOTHING: Amount = { runs: 0, bytes: 0 }

/** What would go by the edited rules, beside what goes by those in force. */
export function simulationPanel(reader: Reader, simulated: SimulatedPolicies) {
  const { edited, inForce } = simulated
  const isPart = edited.nextCursor !== null || inForce.nextCursor !== null
  return panel(
    'What would go',
    html`${
      isPart
        ? html`<p class="problem" role="status">
            Time ran out: this is a part, of ${counted(edited.examined, 'run')} that were looked at so far. “Go on counting”
            adds the next part.
          </p>`
        : ''
    }
    <p class="lead">
      By ${time(reader, edited.at)} these rules would archive <strong>${amount(edited.archive)}</strong> and delete
      <strong>${amount(edited.delete)}</strong>${difference(edited.delete, inForce.delete)}. ${keptWords(edited)}
    </p>
    ${table({
      caption: 'What would go, by the edited rules and by those in force',
      fold: true,
      columns: ['What', 'By these rules', 'By those in force', 'Difference'],
      rows: [
        ['Archived', amount(edited.archive), amount(inForce.archive), delta(edited.archive, inForce.archive)],
        ['Deleted', amount(edited.delete), amount(inForce.delete), delta(edited.delete, inForce.delete)],
      ],
    })}
    <p class="hint">
      Nothing has been touched. After a change the breaker holds a sweep for a day that would delete more than 1,000 runs,
      until somebody lets it through.
    </p>
    ${keptTable(simulated)} ${kindsTable(simulated)} ${sampleTable(reader, edited.delete.sample)}`,
    { id: ANSWER, isGoal: true },
  )
}

const amount = ({ runs, bytes: size }: Amount) =>
  runs === 0 ? 'nothing' : size === 0 ? counted(runs, 'run') : `${counted(runs, 'run')}, ${bytes(size)}`

/** The same in a table; of nothing a card says nothing. */
const amountCell = (some: Amount) =>
  html`<span ${some.runs === 0 ? html`class="dim none"` : ''}>${amount(some)}</span>`

function difference(edited: Amount, inForce: Amount): string {
  const runs = edited.runs - inForce.runs
  if (runs === 0) return ', as many as now'
  return runs > 0 ? `, ${counted(runs, 'run')} more than now` : `, ${counted(-runs, 'run')} fewer than now`
}

function delta(edited: Amount, inForce: Amount): string {
  const [runs, size] = [edited.runs - inForce.runs, edited.bytes - inForce.bytes]
  if (runs === 0 && size === 0) return 'none'
  const ofRuns = `${signed(runs, count)} ${Math.abs(runs) === 1 ? 'run' : 'runs'}`
  return size === 0 ? ofRuns : `${ofRuns}, ${signed(size, bytes)}`
}

const signed = (n: number, show: (n: number) => string) => `${n < 0 ? '−' : '+'}${show(Math.abs(n))}`

/** Why a run stays that is old enough to be deleted. */
const STAY: Record<VerdictRule, string> = {
  age: 'not due yet, for another reason',
  never: 'never deleted by these rules',
  held: 'on hold',
  notFinished: 'not finished',
  keepLast: 'of the last of their kind',
  retained: 'kept for longer, as somebody asked',
  restoredLately: 'restored lately',
  archivedLately: 'archived lately',
  notArchived: 'to be archived first',
  nothingToArchive: 'nothing to archive',
  state: 'being moved, or gone already',
}

/** `6 on hold stay.` */
function keptWords({ kept }: RetentionPlan): string {
  const held = kept.find(({ rule }) => rule === 'held')
  return held === undefined ? '' : `${count(held.runs)} on hold ${held.runs === 1 ? 'stays' : 'stay'}.`
}

function keptTable({ edited, inForce }: SimulatedPolicies) {
  if (edited.kept.length === 0) return ''
  return html`<h3>Old enough to be deleted, and kept</h3>
    ${table({
      caption: 'Runs that are old enough to be deleted and stay, by why',
      columns: ['Why', 'By these rules', 'By those in force'],
      rows: edited.kept.map(({ rule, ...some }) => [
        STAY[rule],
        amount(some),
        amount(inForce.kept.find((one) => one.rule === rule) ?? NOTHING),
      ]),
    })}`
}

function kindsTable({ edited, inForce }: SimulatedPolicies) {
  const [ours, theirs] = [edited, inForce].map(({ kinds }) => new Map(kinds.map((one) => [one.kind, one])))
  const kinds = [...new Set([...edited.kinds, ...inForce.kinds].map(({ kind }) => kind))]
  if (kinds.length === 0) return ''
  const more = kinds.length - KINDS_SHOWN
  return html`<h3>By kind</h3>
    ${table({
      caption: 'What would go, by kind',
      fold: true,
      columns: ['Kind', 'Archived', 'Deleted', 'Deleted by those in force'],
      rows: kinds
        .slice(0, KINDS_SHOWN)
        .map((kind) => [
          html`<a href="${paths.runs({ kind, range: 'all', storage: 'all' })}">${kind}</a>`,
          amountCell(ours?.get(kind)?.archive ?? NOTHING),
          amountCell(ours?.get(kind)?.delete ?? NOTHING),
          amountCell(theirs?.get(kind)?.delete ?? NOTHING),
        ]),
    })}
    ${more > 0 ? html`<p class="dim">and ${counted(more, 'other kind')}</p>` : ''}`
}

function sampleTable(reader: Reader, sample: PlannedRun[]) {
  if (sample.length === 0) return ''
  return html`<h3>Some of those that would be deleted</h3>
    ${table({
      caption: 'Some runs that would be deleted, when and why',
      fold: true,
      columns: ['Run', 'Kind', 'When', 'Because'],
      rows: sample.map(({ runId, kind, at, because }) => [
        html`<a href="${paths.run(runId)}"><code class="id">${runId}</code></a>`,
        kind,
        time(reader, at),
        withTimes(reader, because),
      ]),
    })}`
}
