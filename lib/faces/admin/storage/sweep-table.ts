import { html } from 'hono/html'
import type { StandingSweep } from '../../../ledger/retention/sweep-standing.ts'
import { panel, table } from '../parts/blocks.ts'
import { actionButton, askedAction } from '../parts/form.ts'
import { badge } from '../parts/state-badge.ts'
import { ago } from '../parts/times.ts'
import { duration } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { plannedOf, SWEEP_WORDS } from './sweep-words.ts'

/** Those that have deleted nothing, and wait for somebody. */
export function heldSweeps(reader: Reader, standing: StandingSweep[]) {
  const held = standing.flatMap(({ waits }) => waits ?? [])
  if (held.length === 0) return ''
  return html`<ul class="attention" id="held">
    ${held.map(
      (sweep) =>
        html`<li>
          <a href="${paths.sweep(sweep.id)}">
            <span><strong>The ${sweep.kind} sweep of ${ago(reader, sweep.startedAt)} waits for an approval:</strong>
              it would delete ${plannedOf(sweep)}, and has deleted nothing. Look at it, and decide.</span>
          </a>
        </li>`,
    )}
  </ul>`
}

/** How those of each kind stand, and the way to make one now. */
export function standingSweeps(reader: Reader, standing: StandingSweep[]) {
  return panel(
    'Kinds',
    table({
      caption: 'Kinds of sweeps, when the last was made and the next is due',
      fold: true,
      columns: ['Kind', 'Last completed', 'Took', 'Next due', 'Now', 'Make one'],
      rows: standing.map((one) => [
        html`<a href="${paths.sweeps({ kind: one.kind })}"><strong>${one.kind}</strong></a>
          <span class="words dim">${SWEEP_WORDS[one.kind]}</span>`,
        one.lastCompleted === null
          ? html`<span class="dim">never</span>`
          : html`<a href="${paths.sweep(one.lastCompleted.id)}">${ago(reader, one.lastCompleted.startedAt)}</a>`,
        one.lastCompleted?.durationMs == null
          ? html`<span class="dim none">–</span>`
          : duration(one.lastCompleted.durationMs),
        nextDue(reader, one),
        nowOf(reader, one),
        buttons(reader, one),
      ]),
    }),
  )
}

function nextDue(reader: Reader, { job }: StandingSweep) {
  if (job === null) return html`<span class="dim">no cron job makes it</span>`
  const link = html`<a href="${paths.cronJob(job.id)}">${job.name}</a>`
  if (!job.isEnabled) return html`${badge('disabled', 'warn')} ${link}`
  if (job.nextRunAt === null) return html`${badge('no next time', 'bad')} ${link}`
  return html`${ago(reader, job.nextRunAt)}<br /><span class="dim">${link}</span>`
}

function nowOf(reader: Reader, { atWork }: StandingSweep) {
  if (atWork === null) return html`<span class="dim none">–</span>`
  const { id, cronJobId, status, startedAt, createdAt } = atWork
  const words =
    status === 'running'
      ? html`at work, begun ${ago(reader, startedAt)}`
      : html`waits, asked for ${ago(reader, createdAt)}`
  return html`<a href="${paths.cronExecution(cronJobId, id)}">${words}</a>`
}

function buttons(reader: Reader, { kind, job }: StandingSweep) {
  const subject = `of the ${kind} sweep`
  const dry = actionButton(reader, {
    to: paths.sweeps(),
    label: 'Dry run',
    fields: { kind, how: 'dry' },
    subject,
  })
  if (job === null) return html`<div class="actions">${dry}</div>`
  const also = ALONG[kind] === undefined ? '' : ` ${ALONG[kind]}`
  return html`<div class="actions">
    ${dry}
    ${askedAction(
      reader,
      { to: paths.sweeps(), label: 'Run now', fields: { kind, how: 'run' }, tone: 'main', subject },
      html`<p>${SWEEP_WORDS[kind]}, for four minutes at most.${also} It begins at once, and you can go on.</p>`,
    )}
  </div>`
}

const ALONG: Partial<Record<StandingSweep['kind'], string>> = {
  delete: 'The purge sweep follows it.',
  purge: 'The delete sweep goes before it.',
}
