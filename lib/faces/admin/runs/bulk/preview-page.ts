import { html } from 'hono/html'
import { type BulkPreview, previewBulk } from '../../../../ledger/bulk/preview-bulk.ts'
import { BULK_RUNS, BulkAction, needsReason } from '../../../../run/bulk.ts'
import type { Run } from '../../../../run/run.ts'
import type { PageCall, View } from '../../page.ts'
import { empty, panel, table } from '../../parts/blocks.ts'
import { csrfField, field } from '../../parts/form.ts'
import { bytes, counted } from '../../parts/words.ts'
import { paths } from '../../paths.ts'
import type { Reader } from '../../reader.ts'
import { runLink, stateOf } from '../run-words.ts'
import { ACTION_WORDS } from './action-words.ts'
import { backLink, backOf } from './back-link.ts'

/** Says what would become of the ticked runs, before anything does. */
export async function previewPage({ c, ctx, query, reader }: PageCall): Promise<View> {
  const ids = c.req.queries('id') ?? []
  return await askAbout({ ctx, reader }, { action: query.action, ids, back: backOf(query.back) })
}

export interface AskedBulk {
  action: string | undefined
  ids: string[]
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
  const { ids, back, problem } = asked
  if (action === undefined || ids.length === 0 || ids.length > BULK_RUNS) return unasked(ids.length, back)
  const preview = await previewBulk(ctx, { action, ids })
  return {
    title: `${ACTION_WORDS[action].label} ${counted(ids.length, 'run')}`,
    section: 'runs',
    ...(problem === undefined ? {} : { status: 422 }),
    body: question(reader, preview, asked),
  }
}

function unasked(ticked: number, back: string): View {
  const title = ticked > BULK_RUNS ? `${ticked} runs are too many` : 'Nothing is ticked'
  const hint = `Tick the runs, up to ${BULK_RUNS} of them, and choose what is to be done.`
  return {
    title,
    section: 'runs',
    status: 422,
    body: html`<h1>${title}</h1>${empty(hint, backLink(back))}`,
  }
}

function question(reader: Reader, preview: BulkPreview, { back, reason, problem }: AskedBulk) {
  const { action, runs, missing } = preview
  const { label, will, means } = ACTION_WORDS[action]
  const those = runs.filter(({ refusal }) => refusal === null)
  const others = runs.filter(({ refusal }) => refusal !== null)
  const hasReason = those.length > 0 && action !== 'archive'
  return html`<h1>${label} ${counted(runs.length + missing.length, 'run')}?</h1>
    ${problem === undefined || hasReason ? '' : html`<p class="problem" role="alert">${problem}</p>`}
    <p><strong>${counted(those.length, 'run')} will ${will}</strong>${those.length === 0 ? '.' : `: ${sizeOf(preview)}`}
      ${others.length + missing.length === 0 ? '' : html` ${counted(others.length + missing.length, 'run')} will not.`}</p>
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
        <button class="${action === 'delete' ? 'danger' : 'main'}">${label} ${counted(those.length, 'run')}</button> ${backLink(back)}
      </div>
    </form>`
    }
    ${those.length === 0 ? '' : panel(`Will ${will}`, table({ caption: `Runs that will ${will}`, fold: true, columns: COLUMNS, rows: those.map(({ run }) => cells(run)) }), { id: 'those' })}
    ${
      others.length === 0
        ? ''
        : panel(
            'Will not',
            table({
              caption: `Runs that will not ${will}, and why`,
              fold: true,
              columns: [...COLUMNS, 'Why not'],
              rows: others.map(({ run, refusal }) => [...cells(run), refusal ?? '']),
            }),
            { id: 'others' },
          )
    }
    ${missing.length === 0 ? '' : html`<p class="dim">There is no such run: ${missing.map((id) => html`<code>${id}</code> `)}</p>`}`
}

const COLUMNS = ['Run', 'Kind', 'State']
const cells = (run: Run) => [runLink(run), run.kind, stateOf(run)]

function sizeOf({ action, logBytes, outputBytes }: BulkPreview): string {
  if (action !== 'archive' && action !== 'delete') return 'each with an event by your name.'
  return `${bytes(logBytes)} of logs and ${bytes(outputBytes)} of files.`
}
