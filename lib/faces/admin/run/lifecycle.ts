import { html } from 'hono/html'
import type { ExplainedRetention } from '../../../ledger/retention/explain-retention.ts'
import { type Hold, UNTIL_RELEASED } from '../../../run/hold.ts'
import { RETENTION_TERMS, type RetentionTerm } from '../../../run/retention-policy.ts'
import type { Verdict } from '../../../run/retention-verdict.ts'
import type { Run } from '../../../run/run.ts'
import type { Html } from '../page.ts'
import { facts } from '../parts/blocks.ts'
import { storageBadge } from '../parts/state-badge.ts'
import { ago, time, withTimes } from '../parts/times.ts'
import { bytes, counted, percent } from '../parts/words.ts'
import { paths } from '../paths.ts'
import type { Reader } from '../reader.ts'
import { isHeldNow } from './held-now.ts'

/** Where a run's data is, what will become of it and when, by which rule, and what keeps it. */
export function lifecycle(reader: Reader, run: Run, retention: ExplainedRetention | null) {
  return html`${facts([
    ['Data', html`${storageBadge(run.storageState)} ${isHeldNow(run, reader) ? storageBadge('held') : ''}`],
    ...archiveFacts(reader, run),
    ...deletionFacts(reader, run),
  ])}
  ${retention === null ? '' : whatComes(reader, run, retention)}`
}

function archiveFacts(reader: Reader, run: Run): [string, Html][] {
  const { id, archivedAt, archiveBytes, archiveSha256, archiveVerifiedAt, restoredAt, storageState } = run
  const rows: [string, Html][] = []
  if (archivedAt !== null) rows.push(['Archived', time(reader, archivedAt)])
  if (archiveBytes !== null)
    rows.push([
      'Archive',
      html`${bytes(archiveBytes)} of ${bytes(run.outputBytes + run.logBytes)} ${savedOf(run)}`,
    ])
  if (storageState === 'archived')
    rows.push(['Download', html`<a href="${paths.runAction(id, 'archive')}">The archive</a>`])
  if (archiveSha256 !== null)
    rows.push(['SHA-256', html`<code class="hash" title="${archiveSha256}">${archiveSha256}</code>`])
  if (archiveSha256 !== null)
    rows.push(['Last verified', archiveVerifiedAt === null ? html`never` : ago(reader, archiveVerifiedAt)])
  if (restoredAt !== null) rows.push(['Restored', time(reader, restoredAt)])
  return rows
}

function savedOf({ archiveBytes, outputBytes, logBytes }: Run) {
  const whole = outputBytes + logBytes
  if (archiveBytes === null || archiveBytes >= whole) return ''
  return html`<span class="dim">${percent(1 - archiveBytes / whole)} less</span>`
}

function deletionFacts(reader: Reader, run: Run): [string, Html][] {
  const { deletedAt, deletionReason, purgeAfter, retainUntil } = run
  const rows: [string, Html][] = []
  if (retainUntil !== null) rows.push(['Kept until', time(reader, retainUntil)])
  if (deletedAt !== null) rows.push(['Deleted', html`${time(reader, deletedAt)} ${deletionReason ?? ''}`])
  if (purgeAfter !== null)
    rows.push([
      'Gone for good',
      html`${time(reader, purgeAfter)} <span class="dim">${ago(reader, purgeAfter)}</span>`,
    ])
  return rows
}

function whatComes(reader: Reader, run: Run, retention: ExplainedRetention) {
  const { archive, delete: deletion, purgeAt, policy, holds, at } = retention
  const [hold] = holds
  const isHeldNow = hold !== undefined && hold.releasedAt === null && hold.until > at
  return html`<dl class="verdicts">
      ${verdict(reader, 'Archived', archive)} ${verdict(reader, 'Deleted', deletion)}
      ${purgeAt === null || run.purgeAfter !== null ? '' : html`<div><dt>Gone for good</dt><dd>${time(reader, purgeAt)} <span class="dim">${ago(reader, purgeAt)}</span></dd></div>`}
    </dl>
    ${isHeldNow ? holdNow(reader, hold) : ''}
    <details id="policy"><summary>The policy of this run</summary>
      <dl class="terms">${RETENTION_TERMS.map((term) => html`<div><dt>${TERMS[term]}</dt><dd>${termWords(policy[term])}<br /><span class="dim">${policy.from[term] ?? ''}</span></dd></div>`)}</dl>
      <p><a href="${paths.policies()}">All policies</a></p>
    </details>
    ${pastHolds(reader, isHeldNow ? holds.slice(1) : holds)}`
}

function verdict(reader: Reader, what: string, { at, because, due, rule }: Verdict) {
  // Said above already.
  if (rule === 'state' && at === null) return ''
  const when =
    at === null
      ? html`Not planned`
      : due
        ? html`Due now, by the next sweep`
        : html`${time(reader, at)} <span class="dim">${ago(reader, at)}</span>`
  return html`<div><dt>${what}</dt><dd>${when}<br /><span class="dim">${withTimes(reader, because)}</span></dd></div>`
}

const holdNow = (reader: Reader, { reason, heldBy, heldAt, until }: Hold) => html`<div class="hold">
  <p><strong>Held</strong> by ${heldBy} ${ago(reader, heldAt)}, ${
    until === UNTIL_RELEASED ? 'until it is released' : html`until ${time(reader, until)}`
  }</p>
  <p>${reason}</p>
</div>`

function pastHolds(reader: Reader, holds: Hold[]) {
  if (holds.length === 0) return ''
  return html`<details id="holds"><summary>${counted(holds.length, 'earlier hold')}</summary>
    <ul>${holds.map(
      ({
        reason,
        heldBy,
        heldAt,
        releasedAt,
        releasedBy,
        releaseReason,
      }) => html`<li>${time(reader, heldAt)} by ${heldBy}: ${reason}
        <span class="dim">${releasedAt === null ? 'expired' : html`released ${time(reader, releasedAt)} by ${releasedBy ?? 'somebody'}: ${releaseReason ?? ''}`}</span></li>`,
    )}</ul></details>`
}

const TERMS: Record<RetentionTerm, string> = {
  archiveAfterDays: 'Archived after',
  deleteAfterDays: 'Deleted after',
  deleteGraceDays: 'Can be restored for',
  deletionStrategy: 'How it is deleted',
  keepLast: 'The last of its kind that stay',
}

function termWords(value: number | string | null): string {
  if (value === null) return 'never'
  return typeof value === 'number' ? String(value) : value === 'soft' ? 'softly' : 'for good'
}
