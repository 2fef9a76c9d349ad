import { html } from 'hono/html'
import { type BulkPreview, previewBulk } from '../../../../ledger/bulk/preview-bulk.ts'
import { BULK_RUNS, BulkAction, needsReason } from '../../../../run/bulk.ts'
import type { PageCall, View } from '../../page.ts'
import { empty } from '../../parts/blocks.ts'
import { csrfField, field } from '../../parts/form.ts'
import { bytes, count, counted } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { ACTION_WORDS, isDangerous } from './action-words.ts'
import { type AskedRuns, askedRuns } from './asked-runs.ts'
import { backLink, backOf } from './back-link.ts'
import { othersPanel, thosePanel } from './previewed.ts'

/** Says what would become of the runs, ticked or all that match, before anything does. */
export async function previewPage(call: PageCall): Promise<View> {
  const { query } = call
  return await askAbout(call, { action: query.action, ...(await askedRuns(call)), back: backOf(query.back) })
}

export interface AskedBulk extends AskedRuns {
  action: string | undefined
  /** Where they were ticked. */
  back: string
  reason?: string | undefined
  /** Why it could not be done as it was sent. */
  problem?: string
}

/** The question before it is done; the same again where something was missing. */
export async function askAbout(
  { ctx, reader }: Pick<PageCall, 'ctx' | 'reader'>,
  asked: AskedBulk,
): Promise<View> {
  const action = BulkAction.safeParse(asked.action).data
  const { ids, matching, back, problem } = asked
  if (matching !== null && ids.length === 0) return unasked('No run is like that any more', back)
  if (action === undefined || ids.length === 0) return unasked('Nothing is ticked', back)
  if (ids.length > BULK_RUNS) return unasked(`${count(ids.length)} runs are too many`, back)
  const preview = await previewBulk(ctx, { action, ids })
  return {
    title: `${ACTION_WORDS[action].label} ${counted(ids.length, 'run')}`,
    section: 'runs',
    ...(problem === undefined ? {} : { status: 422 }),
    body: question(reader, preview, asked),
  }
}

function unasked(title: string, back: string): View {
  const hint = `Tick the runs, up to ${count(BULK_RUNS)} of them, and choose what is to be done.`
  return {
    title,
    section: 'runs',
    status: 422,
    body: html`<h1>${title}</h1>${empty(hint, backLink(back))}`,
  }
}

function question(reader: Reader, preview: BulkPreview, { matching, back, reason, problem }: AskedBulk) {
  const { action, runs, missing } = preview
  const { label, will, means } = ACTION_WORDS[action]
  const those = runs.filter(({ refusal }) => refusal === null)
  const others = runs.filter(({ refusal }) => refusal !== null)
  const hasReason = those.length > 0 && action !== 'archive'
  return html`<h1>${label} ${counted(runs.length + missing.length, 'run')}?</h1>
    ${problem === undefined || hasReason ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <p><strong>${counted(those.length, 'run')} will ${will}</strong>${those.length === 0 ? '.' : `: ${sizeOf(preview)}`}
      ${others.length + missing.length === 0 ? '' : html` ${counted(others.length + missing.length, 'run')} will not.`}</p>
    ${matching === null ? '' : html`<p class="dim">${matchedWords(matching)}</p>`}
    <p class="dim">${means}</p>
    ${
      those.length === 0
        ? html`<p>${backLink(back)}</p>`
        : html`<form method="post" action="${paths.runsBulk()}" class="panel ask">
      ${csrfField(reader)}
      <input type="hidden" name="action" value="${action}" />
      <input type="hidden" name="back" value="${back}" />
      ${those.map(({ run }) => html`<input type="hidden" name="id" value="${run.id}" />`)}
      ${hasReason ? field({ label: 'Reason', name: 'reason', value: reason, required: needsReason(action), problem, hint: `Kept with each run${needsReason(action) ? '' : '; may be left out'}.` }) : ''}
      <div class="actions">
        <button class="${isDangerous(action) ? 'danger' : 'main'}">${label} ${counted(those.length, 'run')}</button> ${backLink(back)}
      </div>
    </form>`
    }
    ${thosePanel(will, those)} ${othersPanel(reader, will, others)}
    ${missing.length === 0 ? '' : html`<p class="dim">There is no such run: ${missing.map((id) => html`<code>${id}</code> `)}</p>`}`
}

const matchedWords = ({ isMore }: { isMore: boolean }) =>
  isMore
    ? `These are the newest ${count(BULK_RUNS)} that match; others match too, and can be seen to after them.`
    : 'These are all that match; what comes from now on is not among them.'

function sizeOf({ action, logBytes, outputBytes }: BulkPreview): string {
  if (action !== 'archive' && action !== 'delete') return 'each with an event by your name.'
  return `${bytes(logBytes)} of logs and ${bytes(outputBytes)} of files.`
}
