import { html } from 'hono/html'
import type { RunEvent } from '../../../run/event.ts'
import type { Run } from '../../../run/run.ts'
import { ago, time } from '../parts/times.ts'
import type { Reader } from '../reader.ts'
import { restoreButton } from './actions/index.ts'
import { isInGrace } from './actions/storage-actions.ts'

/** Above how a run ended: that it is deleted, by whom and why, and until when it can be brought back. Nothing of any other. */
export function deletedBanner(reader: Reader, run: Run, events: RunEvent[]) {
  const { storageState, deletedAt, deletionReason } = run
  if (storageState !== 'deleted' && storageState !== 'deleting') return ''
  const by = events.findLast(({ type }) => type === 'run.deleted')?.actor
  return html`<section class="outcome bad deleted" aria-labelledby="deleted">
    <h2 id="deleted">${storageState === 'deleting' ? 'Being deleted' : html`Deleted ${time(reader, deletedAt)}${by === undefined ? '' : ` by ${by}`}`}</h2>
    ${deletionReason === null ? '' : html`<p>${deletionReason}</p>`}
    ${untilWhen(reader, run)}
    ${restoreButton(run, reader)}
  </section>`
}

function untilWhen(reader: Reader, { storageState, purgeAfter }: Run) {
  if (purgeAfter === null || storageState === 'deleting') return ''
  return isInGrace(purgeAfter, reader)
    ? html`<p class="next">It can be restored until ${time(reader, purgeAfter)}, ${ago(reader, purgeAfter)}; then it is gone for good.</p>`
    : html`<p class="next">It could be restored until ${time(reader, purgeAfter)}: the next sweep removes it for good.</p>`
}
