import { html } from 'hono/html'
import type { RunEvent } from '../../../run/event.ts'
import type { Run } from '../../../run/run.ts'
import { ago, time } from '../parts/times.ts'
import type { Reader } from '../reader.ts'
import { restoreButton } from './actions/index.ts'

/** Above how a run ended: that it is deleted, by whom and why, and until when it can be brought back. Nothing of any other. */
export function deletedBanner(reader: Reader, run: Run, events: RunEvent[]) {
  const { storageState, deletedAt, deletionReason, purgeAfter } = run
  if (storageState !== 'deleted' && storageState !== 'deleting') return ''
  const by = events.findLast(({ type }) => type === 'run.deleted')?.actor
  return html`<section class="outcome bad deleted" aria-labelledby="deleted">
    <h2 id="deleted">${storageState === 'deleting' ? 'Being deleted' : html`Deleted ${time(reader, deletedAt)}${by === undefined ? '' : ` by ${by}`}`}</h2>
    ${deletionReason === null ? '' : html`<p>${deletionReason}</p>`}
    ${purgeAfter === null ? '' : html`<p class="next">It can be restored until ${time(reader, purgeAfter)}, ${ago(reader, purgeAfter)}; then it is gone for good.</p>`}
    ${restoreButton(run, reader)}
  </section>`
}
