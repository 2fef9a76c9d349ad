import { html } from 'hono/html'
import type { AuditRow } from '../../../run/audit.ts'
import type { Html } from '../page.ts'
import { facts, table } from '../parts/blocks.ts'
import { badge } from '../parts/state-badge.ts'
import { time } from '../parts/times.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'

/** Rows of the audit, each with all that it keeps, to be opened. */
export function auditRows(reader: Reader, rows: AuditRow[]): Html {
  return table({
    caption: 'What was done',
    fold: true,
    columns: [{ name: 'Row', right: true }, 'When', 'Who', 'What', 'To what', 'Why'],
    rows: rows.map((row) => [
      html`<span class="dim">${row.seq}</span>`,
      time(reader, row.at),
      html`<a href="${paths.audit({ who: row.actor })}">${row.actor}</a>`,
      html`<a href="${paths.audit({ action: row.action })}"><code>${row.action}</code></a> ${phaseOf(row)}`,
      subjectOf(row),
      whyOf(row),
    ]),
    below: rows.map((row) => details(reader, row)),
  })
}

function whyOf({ reason, deletionReason }: AuditRow): Html {
  const why = reason ?? deletionReason
  return why === null ? html`<span class="dim none">–</span>` : html`<span class="words">${why}</span>`
}

const phaseOf = ({ phase }: AuditRow) =>
  phase === null
    ? ''
    : badge(phase === 'pending' ? 'about to' : 'done', phase === 'pending' ? 'warn' : 'good')

/** What it was done to: a run, a cron job, a key, a webhook, or what else its figures name. */
function subjectOf({ jobId, jobName, sweepId, stats }: AuditRow): Html {
  if (jobId !== null)
    return html`<a href="${paths.run(jobId)}">${jobName ?? jobId}</a> <code class="dim">${jobId.slice(-6)}</code>`
  if (typeof stats.cronJobId === 'string')
    return html`<span class="prose">cron job <a href="${paths.cronJob(stats.cronJobId)}">${wordOf(stats.cronJob)}</a></span>`
  if (typeof stats.keyId === 'string') return html`key ${wordOf(stats.key)}`
  if (typeof stats.webhookId === 'string') return html`webhook ${wordOf(stats.webhook)}`
  if (sweepId !== null) return html`<a href="${paths.sweep(sweepId)}">a sweep</a>`
  return html`<span class="dim none">–</span>`
}

const wordOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

function details(reader: Reader, row: AuditRow): Html {
  const { seq, id, jobId, sweepId, requestId, projectId, folderName, createdBy, stats, prevHash, hash } = row
  const known: [string, Html | string][] = [
    ...said('Run', jobId, (text) => html`<a href="${paths.run(text)}"><code>${text}</code></a>`),
    ...said('Project', projectId, (text) => text),
    ...said('Whose run', createdBy, (text) => text),
    ...said('Folder', folderName, (text) => html`<code>${text}</code>`),
    ...said('Made', row.createdAt, (text) => time(reader, text)),
    ...said('Finished', row.completedAt, (text) => time(reader, text)),
    ...said('Archived', row.archivedAt, (text) => time(reader, text)),
    ...said('Deleted', row.deletedAt, (text) => time(reader, text)),
    ...said('Sweep', sweepId, (text) => html`<a href="${paths.sweep(text)}"><code>${text}</code></a>`),
    ...said('Request', requestId, (text) => html`<code>${text}</code>`),
    ['Entry', html`<code>${id}</code>`],
    ['Hash', html`<code>${hash}</code>`],
    ['Hash of the row before', html`<code>${prevHash}</code>`],
  ]
  return html`<details id="row-${seq}">
    <summary class="dim">All of row ${seq}</summary>
    ${facts(known)}
    ${Object.keys(stats).length === 0 ? '' : html`<h3>Figures kept</h3><pre class="printed" tabindex="0">${JSON.stringify(stats, null, 2)}</pre>`}
  </details>`
}

const said = (
  name: string,
  text: string | null,
  show: (text: string) => Html | string,
): [string, Html | string][] => (text === null ? [] : [[name, show(text)]])
