import { html } from 'hono/html'
import type { ReviewedSweep } from '../../../ledger/deletion/review-sweep.ts'
import type { Run } from '../../../run/run.ts'
import type { SweepApproval, SweepKind } from '../../../run/sweep.ts'
import { facts, panel, table } from '../parts/blocks.ts'
import { actionButton, csrfField, field } from '../parts/form.ts'
import { stateBadge, storageBadge } from '../parts/state-badge.ts'
import { ago, time, withTimes } from '../parts/times.ts'
import { bytes, count, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** What was typed, and what is wrong with it. */
export interface Approving {
  problem: string
  values: Record<string, string | undefined>
}

/** What would go, why it does not, how that differs from the usual, and the way to let it. */
export function approvalPanel(
  reader: Reader,
  { sweep, usual, population, sample }: ReviewedSweep,
  typed?: Approving,
) {
  const { runs, bytes: size, cutoff, because, isWhole, most } = sweep.plan
  const planned = typeof runs === 'number' ? runs : 0
  const plannedBytes = typeof size === 'number' ? size : 0
  return panel(
    'It waits for somebody',
    html`<p class="lead">
        It would delete <strong>${counted(planned, 'run')}</strong>${isWhole === false ? ' at least' : ''}, which take
        ${bytes(plannedBytes)}, and has deleted none: ${typeof because === 'string' ? withTimes(reader, because) : ''}.
      </p>
      ${facts([
        ['By itself it may delete', typeof most === 'number' ? counted(most, 'run') : '–'],
        [
          'The last passes deleted',
          usual.median === null
            ? 'there are none yet'
            : html`${counted(usual.median, 'run')} <span class="dim">(the middle of ${count(usual.passes)})</span>`,
        ],
        ['That is', timesUsual(planned, usual.median)],
        ['Of all runs', population === 0 ? '–' : percent(Math.min(1, planned / population))],
        ['Due at', typeof cutoff === 'string' ? time(reader, cutoff) : '–'],
      ])}
      ${sampleOf(reader, sample)}
      <form method="post" action="${paths.sweepAction(sweep.id, 'approve')}" class="approve">
        ${csrfField(reader)}
        <h3>Let it through</h3>
        <p class="dim">
          What was due when it was counted may go then, by the policies of then, within two days. The next sweep of its
          kind goes on with it. Anything beyond needs another approval.
        </p>
        ${typed === undefined ? '' : html`<p class="problem" role="alert">${typed.problem}</p>`}
        <div class="fields">
          ${field({ label: 'Reason', name: 'reason', value: typed?.values.reason, required: true, placeholder: 'who decided, and why' })}
          ${field({ label: 'Most runs', name: 'mostRuns', type: 'number', min: 0, max: planned, value: typed?.values.mostRuns ?? String(planned) })}
          ${field({ label: 'Most bytes', name: 'mostBytes', type: 'number', min: 0, max: plannedBytes, value: typed?.values.mostBytes ?? String(plannedBytes) })}
        </div>
        <button class="danger">Let these runs be deleted</button>
      </form>`,
  )
}

const timesUsual = (planned: number, median: number | null) =>
  median === null || median === 0
    ? 'more than usual'
    : `${count(Math.round((planned / median) * 10) / 10)} times the usual`

function sampleOf(reader: Reader, sample: Run[]) {
  if (sample.length === 0) return ''
  return html`<h3>Some of them</h3>
    ${table({
      caption: 'Some of the runs it would delete',
      columns: ['Run', 'Kind', 'State', 'Finished', 'Storage', { name: 'Bytes', right: true }],
      rows: sample.map((run) => [
        html`<a href="${paths.run(run.id)}"><code class="id">${run.id}</code></a>`,
        run.kind,
        stateBadge(run.state),
        ago(reader, run.finishedAt),
        storageBadge(run.storageState),
        bytes(run.archiveBytes ?? run.logBytes + run.outputBytes),
      ]),
    })}`
}

/** Who let it through, and what is left of that. */
export function approvedPanel(reader: Reader, kind: SweepKind, approval: SweepApproval) {
  const { approvedBy, approvedAt, expiresAt, reason, mostRuns, mostBytes, usedRuns, usedBytes } = approval
  // The others are made again by whoever asked for them.
  const isOpen = kind === 'delete' && usedRuns < mostRuns && expiresAt > new Date(reader.now).toISOString()
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
      ['Bytes', `${bytes(usedBytes)} of ${bytes(mostBytes)}`],
    ]),
    { aside: isOpen ? goOn : '' },
  )
}
