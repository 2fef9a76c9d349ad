import { html } from 'hono/html'
import type { ReviewedSweep } from '../../../ledger/deletion/review-sweep.ts'
import type { Run } from '../../../run/run.ts'
import type { Sweep, SweepApproval, SweepKind } from '../../../run/sweep.ts'
import { facts, panel, table } from '../parts/blocks.ts'
import { actionButton, csrfField, field } from '../parts/form.ts'
import { stateBadge, storageBadge } from '../parts/state-badge.ts'
import { ago, time, withTimes } from '../parts/times.ts'
import { bytes, count, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { kindsOf, notWanted, setBy, sinceThen } from './sweep-reasons.ts'

/** What was typed, and what is wrong with it. */
export interface Approving {
  problem: string
  values: Record<string, string | undefined>
}

/** What would go, why it does not, how that differs from the usual, and the way to let it. */
export function approvalPanel(reader: Reader, reviewed: ReviewedSweep, typed?: Approving) {
  const { sweep, usual, population, sample, policies, isOutdated } = reviewed
  const { runs, bytes: size, cutoff, because, isWhole, most } = sweep.plan
  const planned = typeof runs === 'number' ? runs : 0
  const plannedBytes = typeof size === 'number' ? size : 0
  return panel(
    isOutdated ? 'It has deleted nothing' : 'It waits for somebody',
    html`${sinceThen(reader, reviewed)}
      <p class="lead">
        It would delete <strong>${counted(planned, 'run')}</strong>${isWhole === false ? ' at least' : ''}${plannedBytes > 0 ? `, which take ${bytes(plannedBytes)},` : ''}
        and has deleted none: ${typeof because === 'string' ? withTimes(reader, because) : ''}.
      </p>
      ${reviewed.kinds.length === 0 ? '' : html`<p>By kind: ${kindsOf(planned, reviewed)}</p>`}
      ${policies === null || isOutdated || policies.revision === 0 ? '' : html`<p>It goes by ${setBy(reader, policies)}.</p>`}
      ${facts([
        ['By itself it may delete', typeof most === 'number' ? counted(most, 'run') : '–'],
        usual.median === null
          ? ['The last passes', 'there are none yet']
          : [`Median of the last ${counted(usual.passes, 'pass', 'passes')}`, counted(usual.median, 'run')],
        ['That is', timesUsual(planned, usual.median)],
        ['Of all runs', population === 0 ? '–' : percent(Math.min(1, planned / population))],
        ['Due at', typeof cutoff === 'string' ? time(reader, cutoff) : '–'],
      ])}
      ${sampleOf(reader, sample)}
      ${isOutdated ? problemOf(typed) : approveForm(reader, sweep, { planned, plannedBytes, typed })}`,
  )
}

interface Approvable {
  planned: number
  plannedBytes: number
  typed: Approving | undefined
}

function approveForm(reader: Reader, { id, kind }: Sweep, { planned, plannedBytes, typed }: Approvable) {
  return html`<form method="post" action="${paths.sweepAction(id, 'approve')}#approve" class="approve">
        ${csrfField(reader)}
        <h3 id="approve" tabindex="-1">Let it through</h3>
        <p class="dim">
          What was due when it was counted may go then, by the policies of then, within two days. The next sweep of its
          kind goes on with it. Anything beyond needs another approval.
        </p>
        ${problemOf(typed)}
        <div class="fields">
          ${field({ label: 'Reason', name: 'reason', value: typed?.values.reason, required: true, placeholder: 'who decided, and why' })}
          ${field({ label: 'Most runs', name: 'mostRuns', type: 'number', min: 0, max: planned, value: typed?.values.mostRuns ?? String(planned) })}
          ${plannedBytes === 0 ? '' : field({ label: 'Most bytes', name: 'mostBytes', type: 'number', min: 0, max: plannedBytes, value: typed?.values.mostBytes ?? String(plannedBytes) })}
        </div>
        <button class="danger">Let these runs be deleted</button>
        <div class="not-wanted">${notWanted(kind)}</div>
      </form>`
}

/** What is wrong with what was typed. */
export const problemOf = (typed: Approving | undefined) =>
  typed === undefined ? '' : html`<p class="problem" role="alert">${typed.problem}</p>`

const timesUsual = (planned: number, median: number | null) =>
  median === null || median === 0
    ? 'more than usual'
    : `${count(Math.round((planned / median) * 10) / 10)} times the usual`

function sampleOf(reader: Reader, sample: Run[]) {
  if (sample.length === 0) return ''
  return html`<h3>Some of them</h3>
    ${table({
      caption: 'Some of the runs it would delete',
      fold: true,
      columns: ['Run', 'Kind', 'State', 'Finished', 'Storage', { name: 'Bytes', right: true }],
      rows: sample.map((run) => [
        html`<a href="${paths.run(run.id)}"><code class="id">${run.id}</code></a>`,
        run.kind,
        stateBadge(run.state),
        ago(reader, run.finishedAt),
        storageBadge(run.storageState),
        sizeOf(run),
      ]),
    })}`
}

function sizeOf({ archiveBytes, logBytes, outputBytes }: Run) {
  const size = archiveBytes ?? logBytes + outputBytes
  return size === 0 ? html`<span class="dim none">–</span>` : bytes(size)
}

/** Who let it through, and what is left of that. */
export function approvedPanel(reader: Reader, kind: SweepKind, approval: SweepApproval) {
  const { approvedBy, approvedAt, expiresAt, reason, mostRuns, mostBytes, usedRuns, usedBytes } = approval
  // The others are made again by whoever asked for them.
  const isOpen = kind === 'delete' && usedRuns < mostRuns && expiresAt > new Date(reader.now).toISOString()
  const ofBytes: [string, string][] =
    mostBytes === 0 ? [] : [['Bytes', `${bytes(usedBytes)} of ${bytes(mostBytes)}`]]
  const goOn = actionButton(reader, {
    to: paths.sweeps(),
    label: 'Go on with it now',
    fields: { kind, how: 'run' },
    tone: 'danger',
  })
  return panel(
    'It was let through',
    facts([
      ['By', approvedBy],
      ['At', time(reader, approvedAt)],
      ['Because', reason ?? '–'],
      ['Good until', time(reader, expiresAt)],
      ['Runs', `${count(usedRuns)} of ${count(mostRuns)} deleted`],
      ...ofBytes,
    ]),
    { aside: isOpen ? goOn : '' },
  )
}
