import { html } from 'hono/html'
import type { TypicalDuration } from '../../../ledger/runs/typical-durations.ts'
import { duration } from './words.ts'

/** How long something took or has taken, against what is usual: a bar that is full at what 95 of 100 take, and says so beyond. */
export function againstTypical(ms: number, typical: TypicalDuration | undefined) {
  if (typical === undefined) return html`${duration(ms)}`
  const { medianMs, p95Ms } = typical
  const isLong = ms > p95Ms
  const usual = `usually ${duration(medianMs)}, 95 % within ${duration(p95Ms)}`
  return html`<span class="typical" title="${usual}">
    <span class="${isLong ? 'long' : ''}">${duration(ms)}</span>
    <meter min="0" max="${Math.max(1, p95Ms)}" high="${Math.max(1, p95Ms) * 0.999}" optimum="0" value="${Math.min(ms, Math.max(1, p95Ms))}" aria-label="${duration(ms)}; ${usual}"></meter>
    ${isLong ? html`<span class="hint">usually ${duration(medianMs)}</span>` : ''}
  </span>`
}
