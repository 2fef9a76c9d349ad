import { html } from 'hono/html'
import type { TypicalDuration } from '../../../ledger/runs/typical-durations.ts'
import type { Run } from '../../../run/run.ts'
import { againstTypical } from '../parts/against-typical.ts'
import { empty, panel } from '../parts/blocks.ts'
import { askedAction, field } from '../parts/form.ts'
import { stateBadge } from '../parts/state-badge.ts'
import { ago } from '../parts/times.ts'
import { count } from '../parts/words.ts'
import { paths } from '../paths.ts'
import { mayWrite, type Reader } from '../reader.ts'

export interface RunningNow {
  /** The ones that have run longest. */
  runs: Run[]
  /** Of all. */
  total: number
  typical: ReadonlyMap<string, TypicalDuration>
}

/** What is at work: for how long, how far it is, when it was heard of last. */
export function runningNow(reader: Reader, { runs, total, typical }: RunningNow) {
  const more = total - runs.length
  const body =
    runs.length === 0
      ? empty('Nothing runs now')
      : html`<ul class="running">
          ${runs.map((run) => one(reader, run, typical.get(run.kind)))}
        </ul>`
  const aside =
    more > 0
      ? html`<a href="${paths.runs({ state: 'running', range: 'all' })}">and ${count(more)} more</a>`
      : ''
  return panel('Running now', body, { aside })
}

function one(reader: Reader, run: Run, typical: TypicalDuration | undefined) {
  const { id, kind, name, startedAt, heartbeatAt, progress, progressMessage, cancelRequestedAt } = run
  const elapsed = startedAt === null ? 0 : Math.max(0, reader.now - Date.parse(startedAt))
  return html`<li id="running-${id}">
    <div class="what">
      <a href="${paths.run(id)}"><strong>${kind}</strong></a> <span class="dim mono" title="${id}">…${id.slice(-8)}</span>
      ${name === null ? '' : html`<span class="under">${name}</span>`}
    </div>
    <div class="took"><span class="named">elapsed</span> ${againstTypical(elapsed, typical)}</div>
    <div class="far">
      <label for="progress-${id}" class="named">${progress} %${progressMessage === null ? '' : html` · ${progressMessage}`}</label>
      <progress id="progress-${id}" max="100" value="${progress}"></progress>
    </div>
    <div class="heard"><span class="named">heard of</span> ${heartbeatAt === null ? html`<span class="dim">–</span>` : ago(reader, heartbeatAt)}</div>
    <div class="do">${cancelRequestedAt === null ? cancel(reader, run) : stateBadge('asked to stop')}</div>
  </li>`
}

function cancel(reader: Reader, { id, kind }: Run) {
  if (!mayWrite(reader)) return ''
  const fields = { action: 'cancel', id, back: paths.home }
  const asked = html`<p>Ask ${kind} to stop?</p>
    ${field({ label: 'Reason', name: 'reason', id: `reason-${id}`, hint: 'Kept with the run; may be left out.' })}`
  const subject = `${kind} …${id.slice(-8)}`
  return askedAction(
    reader,
    { to: paths.runsBulk(), label: 'Cancel', confirm: 'Cancel the run', subject, fields, tone: 'danger' },
    asked,
  )
}
